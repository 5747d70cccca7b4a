using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace VmObs.Import;

/// <summary>Sends requests to a running engine over HTTP; waits out what passes by itself.</summary>
internal sealed class EngineImportTarget(HttpClient http, string server, TimeProvider time) : IImportTarget
{
    /// <summary>How long an engine that cannot be reached, or has no room, is waited for.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private const string StoredBut = "stored but for ";

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    public async Task<ImportAnswer> SendAsync(ImportBatch batch, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var pause = s_pause;
            string why;
            try
            {
                using var content = new ReadOnlyMemoryContent(batch.Body);
                content.Headers.ContentType = new MediaTypeHeaderValue(batch.ContentType);
                using var response = await http.PostAsync(server + batch.Path, content, cancellationToken);
                var text = await response.Content.ReadAsStringAsync(cancellationToken);
                // JSON lines of which none is good are a 400 with counts: the import goes on behind them.
                if (Read(text) is { } answer && (response.IsSuccessStatusCode || (response.StatusCode == HttpStatusCode.BadRequest && answer.Refused > 0)))
                    return answer;
                why = $"{server}{batch.Path} answered {(int)response.StatusCode}: {text.Trim()}";
                if (response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable))
                    throw new ImportRefusedException($"the request that begins with line {batch.FirstLine}: {why}");
                pause = response.Headers.RetryAfter?.Delta ?? s_pause;
            }
            catch (Exception error) when (error is HttpRequestException or IOException)
            {
                why = $"cannot reach {server}: {error.Message}";
            }
            if (time.GetElapsedTime(began) > s_patience)
                throw new ImportRefusedException($"the request that begins with line {batch.FirstLine}: {why}; tried for {s_patience.TotalMinutes:0} minutes. Run the same command to go on from here");
            await Task.Delay(pause, time, cancellationToken);
        }
    }

    /// <summary>Reads nothing at all, as remote_write's good answer has it, or {"taken":2,"refused":1,"message":"…"} or {"partialSuccess":{"rejectedSpans":"1","errorMessage":"…"}}, or
    /// "stored but for 1 refused (…): …"; null for another answer.</summary>
    private static ImportAnswer? Read(string text)
    {
        if (text.Length == 0)
            return new ImportAnswer(0, "");
        if (text.StartsWith(StoredBut, StringComparison.Ordinal) && text.IndexOf(" refused", StringComparison.Ordinal) is > 0 and var end)
            return new ImportAnswer(long.Parse(text.AsSpan(StoredBut.Length, end - StoredBut.Length), System.Globalization.CultureInfo.InvariantCulture), text.Trim());
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            if (root.TryGetProperty("partialSuccess", out var partial))
                return new ImportAnswer(partial.EnumerateObject().Where(static member => member.Name.StartsWith("rejected", StringComparison.Ordinal)).Sum(static member => Number(member.Value)), Message(partial, "errorMessage"));
            if (root.TryGetProperty("refused", out var refused))
                return new ImportAnswer(Number(refused), Message(root, "message"));
            return root.ValueKind == JsonValueKind.Object && !root.EnumerateObject().Any() ? new ImportAnswer(0, "") : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Message(JsonElement answer, string name) => answer.TryGetProperty(name, out var message) ? message.GetString() ?? "" : "";

    // protobuf's JSON writes 64-bit numbers as texts.
    private static long Number(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetInt64()
        : long.TryParse(value.GetString(), System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : 0;
}
