using System.IO.Compression;
using System.Text;
using VmObs.ProcessTests.Support;

namespace VmObs.ProcessTests.Clients;

/// <summary>A request as an agent's documentation has it: a file of comments, a request line, headers, an empty line and the body.</summary>
/// <remarks>The body is compressed as Content-Encoding says; with Content-Transfer-Encoding: base64 it holds bytes that are not text.</remarks>
internal sealed record RecordedRequest(string Path, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body)
{
    private static readonly string s_folder = System.IO.Path.Combine(Programs.RepositoryRoot, "tests", "VmObs.ProcessTests", "Clients", "bodies");

    /// <summary>The lines of a file beside the requests, without its comments.</summary>
    public static IEnumerable<string> Lines(string file) => File.ReadLines(System.IO.Path.Combine(s_folder, file)).Where(line => !line.StartsWith('#'));

    public static RecordedRequest Read(string file)
    {
        var lines = Lines(file).ToList();
        var end = lines.IndexOf("");
        Assert.Equal(["POST"], lines[0].Split(' ')[..1]);
        var headers = lines[1..end].Select(line => line.Split(": ", 2)).Select(parts => KeyValuePair.Create(parts[0], parts[1])).ToList();
        var text = string.Join('\n', lines[(end + 1)..]);
        var body = headers.Remove(new("Content-Transfer-Encoding", "base64")) ? Convert.FromBase64String(text) : Encoding.UTF8.GetBytes(text + "\n");
        return new(lines[0].Split(' ')[1], headers, headers.Contains(new("Content-Encoding", "gzip")) ? Gzip(body) : body);
    }

    /// <summary>Sends it and returns the status and the answer.</summary>
    public async Task<(int Status, string Body)> SendAsync(HttpClient http, Uri server)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, Path)) { Content = new ByteArrayContent(Body) };
        foreach (var (name, value) in Headers)
            Assert.True(name.StartsWith("Content-", StringComparison.Ordinal)
                ? request.Content.Headers.TryAddWithoutValidation(name, value) : request.Headers.TryAddWithoutValidation(name, value));
        using var response = await http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static byte[] Gzip(byte[] body)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest))
            gzip.Write(body);
        return buffer.ToArray();
    }
}
