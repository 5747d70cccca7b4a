using System.Text.Json;
using Microsoft.AspNetCore.Http;
using VmObs.Query.Times;
using VmObs.Signals;
using VmObs.Signals.Ports;

namespace VmObs.Http;

/// <summary>An answer that something could not be done (RFC 9457): what failed, where, got, want.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">Its page in docs/errors.md.</param>
/// <param name="Title">What failed.</param>
/// <param name="Where">The parameter, header or path; empty where that says nothing.</param>
/// <param name="Got">What was there.</param>
/// <param name="Wanted">What can stand there, or what to do now; names of parameters in back quotes.</param>
internal sealed record Problem(int Status, string Code, string Title, string Where, string Got, string Wanted)
{
    /// <summary>What can stand there, where that can be counted out.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>A parameter that cannot be read.</summary>
    public static Problem BadParameter(string name, string got, string wanted) =>
        new(StatusCodes.Status400BadRequest, "VMO2001", "a parameter cannot be used", name, got, wanted);

    /// <summary>A time or range that cannot be read.</summary>
    public static Problem BadTime(TimeError error) => BadParameter(error.Where, error.Got, error.Wanted);

    /// <summary>A body of a kind that is not taken.</summary>
    public static Problem UnsupportedMediaType(string header, string? got, string wanted) =>
        new(StatusCodes.Status415UnsupportedMediaType, "VMO2002", "the body's kind is not taken", header, got ?? "", wanted);

    /// <summary>Nothing there.</summary>
    public static Problem NotFound(string what, string where, string got, string wanted) =>
        new(StatusCodes.Status404NotFound, "VMO2003", what, where, got, wanted);

    /// <summary>More than one thing where one is wanted.</summary>
    public static Problem Several(string what, string where, string got, string wanted, IReadOnlyList<string> choices) =>
        new(StatusCodes.Status409Conflict, "VMO2013", what, where, got, wanted) { Choices = choices };

    /// <summary>A record that is in no sealed file yet, so that no receipt stands for it.</summary>
    public static Problem NotSealed(string id) =>
        new(StatusCodes.Status409Conflict, "VMO2014", "the record is not sealed yet", "id", id, "another try once its hour is sealed, at the latest an hour after its end; `vm-obs seal` seals ended hours now");

    /// <summary>A signing key that is not the engine's to replace.</summary>
    public static Problem KeyFromEnvironment(string variable, string file) =>
        new(StatusCodes.Status409Conflict, "VMO2015", "the signing key cannot be rotated", variable, "a key from the environment, which the engine cannot replace", $"a start without it, with its content in the data folder's {file} (mode 0600); rotate then, and put the new content of that file where the variable comes from");

    /// <summary>A Host or Origin that a page of somebody else would send.</summary>
    public static Problem ForeignHost(string header, string got, string wanted) =>
        new(StatusCodes.Status403Forbidden, "VMO2004", "the request was not addressed to this engine", header, got, wanted);

    /// <summary>No token, or none that is in force.</summary>
    public static Problem Unauthorized(bool hasOne) =>
        new(StatusCodes.Status401Unauthorized, "VMO2008", "the request needs a token", "Authorization", hasOne ? "one that is not in the tokens file" : "nothing", "Bearer TOKEN, or Basic with the token as password");

    /// <summary>A token that does not allow this.</summary>
    public static Problem Forbidden(string did, string scope) =>
        new(StatusCodes.Status403Forbidden, "VMO2009", "the token does not allow this", "Authorization", $"the token of {did}", $"one with the scope {scope}");

    /// <summary>A query that costs more than one may.</summary>
    public static Problem QueryLimit(QueryLimitException error)
    {
        var (key, wanted) = error.Limit switch
        {
            Signals.Ports.QueryLimit.Time => ("limits.query_time", "a shorter range or a narrower filter"),
            Signals.Ports.QueryLimit.BytesRead => ("limits.query_bytes_read", "a shorter range or a narrower filter"),
            _ => ("limits.query_bytes_held", "fewer series, groups or spans"),
        };
        return new(StatusCodes.Status422UnprocessableEntity, "VMO2010", "the query costs more than one may", key, error.Message, $"{wanted}; or a higher {key} in the engine's configuration");
    }

    /// <summary>No place for another query.</summary>
    public static Problem TooManyQueries(int max) =>
        new(StatusCodes.Status429TooManyRequests, "VMO2011", "too many queries run at once", "limits.concurrent_queries", $"{max} that run already", "another try in a second");

    /// <summary>As many follow what is stored as may.</summary>
    public static Problem TooManyTails(int max) =>
        new(StatusCodes.Status429TooManyRequests, "VMO2012", "too many follow the log", "", $"{max} that follow it already", "another try once one of them has ended");

    /// <summary>A stored file that is damaged or cannot be read, or a disk that refuses.</summary>
    public static Problem Storage(IOException error) =>
        new(StatusCodes.Status500InternalServerError, "VMO2005", "stored data cannot be read or written", "storage", error.Message, "a good disk; run `vm-obs verify` to see what is damaged");

    /// <summary>The engine is stopping.</summary>
    public static Problem Stopping { get; } =
        new(StatusCodes.Status503ServiceUnavailable, "VMO2006", "the engine is stopping", "", "", "another try in a few seconds");

    /// <summary>Our own mistake.</summary>
    public static Problem Bug { get; } =
        new(StatusCodes.Status500InternalServerError, "VMO2007", "BUG: the engine failed to answer", "", "", "a report with the engine's log of this moment");

    /// <summary>Answers a request that has no answer yet.</summary>
    public async Task WriteAsync(HttpContext context)
    {
        using var body = new PooledBuffer(512);
        using (var json = new Utf8JsonWriter(body))
            Write(json);
        context.Response.StatusCode = Status;
        context.Response.ContentType = "application/problem+json";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body.WrittenMemory);
    }

    public override string ToString() =>
        $"{Title}{(Where.Length == 0 ? "" : $": {Where}: got \"{Got}\"")}{(Wanted.Length == 0 ? "" : $", want {Wanted}")}{(Choices.Count == 0 ? "" : $": {string.Join(", ", Choices)}")}";

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "about:blank"u8);
        json.WriteString("title"u8, Title);
        json.WriteNumber("status"u8, Status);
        json.WriteString("detail"u8, ToString());
        json.WriteString("code"u8, Code);
        json.WriteString("where"u8, Where);
        json.WriteString("got"u8, Got);
        json.WriteString("wanted"u8, Wanted);
        if (Choices.Count > 0)
        {
            json.WriteStartArray("choices"u8);
            foreach (var choice in Choices)
                json.WriteStringValue(choice);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }
}
