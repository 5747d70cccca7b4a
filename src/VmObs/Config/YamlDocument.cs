using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace VmObs.Config;

/// <summary>A file of one YAML document, whose every error is reported at once.</summary>
/// <param name="file">Its name, for errors.</param>
/// <param name="environment">Values of environment variables by name.</param>
internal sealed class YamlDocument(string file, Func<string, string?> environment)
{
    private readonly List<ConfigError> _errors = [];

    /// <summary>Reads the document's keys; what was read counts only where there are no errors.</summary>
    /// <returns>What was read, default for an empty document; and the errors in the order of the file.</returns>
    public (T? Value, IReadOnlyList<ConfigError> Errors) Read<T>(TextReader text, Func<YamlSection, T> read)
    {
        var value = default(T);
        if (Load(text) is { } root)
        {
            var section = new YamlSection(root, "", file, environment, _errors);
            value = read(section);
            section.ReportUnknownKeys();
        }
        _errors.Sort((a, b) => (a.Line, a.Column).CompareTo((b.Line, b.Column)));
        return (value, _errors);
    }

    // "While parsing a flow sequence, did not find expected ',' or ']'."
    private static string Sentence(string message) => message.Length == 0 ? message : char.ToLowerInvariant(message[0]) + message[1..].TrimEnd('.');

    private YamlMappingNode? Load(TextReader text)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(text);
        }
        catch (YamlException error)
        {
            _errors.Add(new ConfigError(file, error.Start.Line, error.Start.Column, "", Sentence(error.Message), "a YAML document in which a key stands once"));
            return null;
        }
        if (stream.Documents.Count == 0)
            return null;
        var root = stream.Documents[0].RootNode;
        if (stream.Documents.Count > 1)
            Add(stream.Documents[1].RootNode, $"{stream.Documents.Count} documents", "one document");
        if (root is YamlMappingNode mapping)
            return mapping;
        if (root is not YamlScalarNode { Value: null or "" })
            Add(root, root.NodeType == YamlNodeType.Sequence ? "a list" : $"\"{root}\"", "keys such as \"storage:\"");
        return null;
    }

    private void Add(YamlNode node, string got, string wanted) =>
        _errors.Add(new ConfigError(file, node.Start.Line, node.Start.Column, "", got, wanted));
}
