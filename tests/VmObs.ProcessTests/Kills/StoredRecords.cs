using System.Net;
using System.Text.Json;
using VmObs.ProcessTests.Support;
using VmObs.Tests.Storage.Hours;

namespace VmObs.ProcessTests.Kills;

/// <summary>How often each record of the load is there, by name: in the sealed files as DuckDB reads them, and in what the engine answers.</summary>
internal sealed class StoredRecords(EngineProcess engine, HttpClient http)
{
    private const int MaxLines = 100_000;

    /// <summary>Records of past hours, from their files.</summary>
    public Dictionary<string, long> Sealed()
    {
        var telemetry = Path.Combine(engine.DataFolder, "telemetry");
        var found = new Dictionary<string, long>();
        Add($"SELECT message, count(*) FROM read_json('{telemetry}/logs/2025-12-06/hour-*.jsonl.gz', format = 'newline_delimited', columns = {{service: 'VARCHAR', message: 'VARCHAR'}}) WHERE service = '{LoadRequest.PastService}' GROUP BY message");
        // A metric request's records differ in their values.
        Add($"SELECT name || ' ' || value::INTEGER, count(*) FROM '{telemetry}/metrics/2025-12-06/hour-*.parquet' WHERE service = '{LoadRequest.PastService}' GROUP BY ALL");
        Add($"SELECT 'trace ' || name, count(*) FROM '{telemetry}/traces/2025-12-06/hour-*.parquet' WHERE service = '{LoadRequest.PastService}' GROUP BY ALL");
        return found;

        void Add(string sql)
        {
            foreach (var row in DuckDb.Query(sql))
                found.Add((string)row[0]!, Convert.ToInt64(row[1]));
        }
    }

    /// <summary>Log lines and samples of a service in some ranges of time, as the engine answers, and the spans of the traces asked for.</summary>
    public async Task<Dictionary<string, long>> AnsweredAsync(string service, IEnumerable<string> ranges, IEnumerable<LoadRequest> traces)
    {
        var names = new List<string>();
        foreach (var range in ranges)
        {
            names.AddRange((await AllLinesAsync($"/obs/logs?service={service}&{range}")).Select(line => line.GetProperty("message").GetString()!));
            names.AddRange((await AllLinesAsync($"/obs/metrics?label=service={service}&{range}"))
                .Select(sample => $"{sample.GetProperty("metric").GetString()} {sample.GetProperty("value").GetInt32()}"));
        }
        foreach (var trace in traces)
            foreach (var document in await LinesAsync($"/obs/traces/{trace.TraceId}"))
                names.AddRange(document.GetProperty("spans").EnumerateArray().Select(span => $"trace {span.GetProperty("name").GetString()}"));
        return names.CountBy(name => name).ToDictionary(name => name.Key, name => (long)name.Value);
    }

    private async Task<List<JsonElement>> AllLinesAsync(string path)
    {
        var lines = (await LinesAsync($"{path}&limit={MaxLines}")).ToList();
        Assert.True(lines.Count < MaxLines, $"{path}: the load is larger than an answer may be");
        return lines;
    }

    private async Task<IEnumerable<JsonElement>> LinesAsync(string path)
    {
        using var response = await http.GetAsync(new Uri(engine.Url, path));
        var text = await response.Content.ReadAsStringAsync();
        if (response.StatusCode == HttpStatusCode.NotFound)
            return [];
        Assert.True(response.IsSuccessStatusCode, $"{path}: {response.StatusCode} {text}");
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line));
    }
}
