using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using VmObs.Cli.Output;

namespace VmObs.Cli;

/// <summary>Asks a running engine over HTTP.</summary>
internal sealed class EngineClient : IDisposable
{
    public const string DefaultServer = "http://127.0.0.1:7080";

    // What every list takes as a limit.
    private const int PageItems = 10_000;

    private readonly HttpClient _http;
    private readonly string _server;
    private readonly ParameterNames _names;

    /// <param name="server">The engine's URL.</param>
    /// <param name="token">What it is shown; null: nothing.</param>
    /// <param name="names">What the user calls the parameters; null: as the API does.</param>
    public EngineClient(string server, string? token, ParameterNames? names = null)
    {
        if (!Uri.TryCreate(server, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new CliException(ExitCodes.Usage, $"--server: got \"{server}\", want a URL such as {DefaultServer}");
        _server = server.TrimEnd('/');
        _names = names ?? ParameterNames.OfTheApi;
        // A proxy between this host and itself is never meant.
        // Compressing for oneself costs more than it saves.
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = !uri.IsLoopback, AutomaticDecompression = uri.IsLoopback ? DecompressionMethods.None : DecompressionMethods.All }) { Timeout = Timeout.InfiniteTimeSpan };
        if (token is not null)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>The items of a list, page after page, as they come.</summary>
    /// <param name="path">What is asked.</param>
    /// <param name="parameters">Without limit and cursor.</param>
    /// <param name="limit">At most this many.</param>
    /// <param name="more">Told, at the end, whether there are more.</param>
    /// <param name="pageItems">What one request may ask for.</param>
    public async IAsyncEnumerable<string> ListAsync(string path, IReadOnlyList<KeyValuePair<string, string?>> parameters, long limit, Action<bool> more, int pageItems = PageItems)
    {
        string? cursor = null;
        do
        {
            var page = Math.Min(limit, pageItems);
            var (asked, next) = (cursor, (string?)null);
            KeyValuePair<string, string?>[] ofPage = [.. parameters, new("limit", page.ToString(CultureInfo.InvariantCulture)), new("cursor", asked)];
            await foreach (var line in LinesAsync(HttpMethod.Get, path, ofPage, response => next = NextCursor(response)))
            {
                limit--;
                yield return line;
            }
            cursor = next;
        }
        while (cursor is not null && limit > 0);
        more(cursor is not null);
    }

    /// <summary>The lines of an answer, as they come.</summary>
    public async IAsyncEnumerable<string> LinesAsync(
        HttpMethod method, string path, IEnumerable<KeyValuePair<string, string?>> parameters, Action<HttpResponseMessage>? ended = null)
    {
        using var response = await SendAsync(method, path, parameters);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(), Encoding.UTF8);
        for (var count = 0L; ; count++)
        {
            string? line;
            try
            {
                line = await reader.ReadLineAsync();
            }
            catch (Exception error) when (error is IOException or HttpRequestException)
            {
                throw new CliException(ExitCodes.NoServer, $"{_server}: the answer broke off after {count} lines: {error.Message}. The engine's log says why");
            }
            if (line is null)
                break;
            yield return line;
        }
        ended?.Invoke(response);
    }

    /// <summary>Copies an answer as it comes.</summary>
    public async Task CopyAsync(string path, IEnumerable<KeyValuePair<string, string?>> parameters, Stream output)
    {
        using var response = await SendAsync(HttpMethod.Get, path, parameters);
        var body = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[64 * 1024];
        for (var copied = 0L; ;)
        {
            int read;
            try
            {
                read = await body.ReadAsync(buffer);
            }
            catch (Exception error) when (error is IOException or HttpRequestException)
            {
                throw new CliException(ExitCodes.NoServer, $"{_server}: the answer broke off after {copied} bytes: {error.Message}. The engine's log says why");
            }
            if (read == 0)
                return;
            await output.WriteAsync(buffer.AsMemory(0, read));
            copied += read;
        }
    }

    /// <summary>A whole answer.</summary>
    public async Task<string> TextAsync(string path, params IEnumerable<KeyValuePair<string, string?>> parameters)
    {
        using var response = await SendAsync(HttpMethod.Get, path, parameters);
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>How the engine says it is, also where it is not well (503).</summary>
    public async Task<string> HealthAsync()
    {
        using var response = await SendAsync(HttpMethod.Get, "/obs/health", [], HttpStatusCode.ServiceUnavailable);
        return await response.Content.ReadAsStringAsync();
    }

    public void Dispose() => _http.Dispose();

    private static string? NextCursor(HttpResponseMessage response) =>
        response.TrailingHeaders.TryGetValues("Next-Cursor", out var values) ? values.First() : null;

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, IEnumerable<KeyValuePair<string, string?>> parameters, HttpStatusCode alsoGood = HttpStatusCode.OK)
    {
        var query = string.Join('&', parameters.Where(p => p.Value is not null).Select(p => $"{p.Key}={Uri.EscapeDataString(p.Value!)}"));
        using var request = new HttpRequestMessage(method, $"{_server}{path}{(query.Length == 0 ? "" : "?" + query)}");
        try
        {
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            if (response.IsSuccessStatusCode || (response.StatusCode == alsoGood && response.Content.Headers.ContentType?.MediaType == "application/json"))
                return response;
            using (response)
                throw await ReadProblemAsync(response);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw new CliException(
                ExitCodes.NoServer,
                $"cannot reach {_server}: {error.Message}. Start an engine with `vm-obs serve`, or name a running one with --server or VM_OBS_SERVER");
        }
    }

    private async Task<CliException> ReadProblemAsync(HttpResponseMessage response)
    {
        var exitCode = response.StatusCode switch
        {
            HttpStatusCode.NotFound => ExitCodes.Findings,
            < HttpStatusCode.InternalServerError => ExitCodes.Usage,
            _ => ExitCodes.NoServer,
        };
        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json")
            return new CliException(ExitCodes.NoServer, $"{_server} answered {(int)response.StatusCode}, and not as vm-obs does. Is another program listening there?");
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return new CliException(exitCode, Explain(problem.RootElement));
    }

    /// <summary>The problem's detail, in the words of who typed the command; choices follow it, one a line.</summary>
    private string Explain(JsonElement problem)
    {
        if (problem.Field("where") is not { Length: > 0 } where)
            return Terminal.Plain(problem.Field("detail"));
        var text = new StringBuilder(Terminal.Plain($"{problem.Field("title")}: {_names.Of(where)}: got \"{problem.Field("got")}\""));
        if (problem.Field("wanted") is { Length: > 0 } wanted)
            text.Append(Terminal.Plain($", want {_names.In(wanted)}"));
        if (!problem.TryGetProperty("choices", out var choices))
            return text.ToString();
        text.Append(':');
        foreach (var choice in choices.EnumerateArray())
            text.Append("\n  ").Append(Terminal.Plain(choice.GetString()!));
        return text.ToString();
    }
}
