using VmObs.Query.Times;
using YamlDotNet.RepresentationModel;
using VmObs.Signals.Texts;

namespace VmObs.Config;

/// <summary>One mapping of the configuration file: reads its keys by type, reports what is wrong, and then the keys nobody asked for.</summary>
internal sealed class YamlSection(YamlMappingNode mapping, string path, string file, Func<string, string?> environment, List<ConfigError> errors)
{
    private readonly List<string> _known = [];

    /// <summary>A mapping below a key.</summary>
    public T Section<T>(string key, Func<YamlSection, T> read, T otherwise)
    {
        if (Find(key) is not { } node)
            return otherwise;
        if (node is not YamlMappingNode child)
            return IsEmpty(node) ? otherwise : Fail(node, key, Describe(node), "keys below it", otherwise);
        return Read(child, Full(key), read);
    }

    /// <summary>The section as it stands in the file, to tell whether it changed.</summary>
    public string Fingerprint => mapping.ToString();

    /// <summary>A path as it is meant in the file: from the file's own folder.</summary>
    public string Resolve(string relative) => Path.GetFullPath(relative, Path.GetDirectoryName(Path.GetFullPath(file))!);

    /// <summary>A mapping of names to texts.</summary>
    public IReadOnlyDictionary<string, string> Map(string key)
    {
        if (Find(key) is not { } node)
            return new Dictionary<string, string>();
        if (node is not YamlMappingNode pairs)
            return Fail<IReadOnlyDictionary<string, string>>(node, key, Describe(node), "names with texts, such as {env: prod}", new Dictionary<string, string>());
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in pairs.Children)
        {
            if (name is YamlScalarNode { Value: { } text } && Substitute(value, $"{key}.{text}") is { } content)
                texts[text] = content;
        }
        return texts;
    }

    /// <summary>A mapping of names to lists of texts.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> MapOfLists(string key) =>
        Section(key, section => section.Lists(), new Dictionary<string, IReadOnlyList<string>>());

    /// <summary>true or false.</summary>
    public bool Flag(string key, bool otherwise) =>
        Scalar(key, out var node) is not { } text ? otherwise
        : text is "true" or "false" ? text == "true"
        : Fail(node!, key, $"\"{text}\"", "true or false", otherwise);

    /// <summary>A whole number from 0 on.</summary>
    public int Count(string key, int otherwise) =>
        Scalar(key, out var node) is not { } text ? otherwise
        : int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number
        : Fail(node!, key, $"\"{text}\"", "a whole number from 0 on", otherwise);

    /// <summary>Reports keys that another program has and this one does not.</summary>
    public void Unsupported(string wanted, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (mapping.Children.TryGetValue(new YamlScalarNode(key), out var node))
                Fail(Find(key) ?? node, key, "a key of Prometheus's that this version does not have", wanted, 0);
        }
    }

    /// <summary>A list of mappings.</summary>
    public IReadOnlyList<T> Sections<T>(string key, Func<YamlSection, T> read, IReadOnlyList<T> otherwise)
    {
        if (Find(key) is not { } node)
            return otherwise;
        if (node is not YamlSequenceNode list)
            return Fail(node, key, Describe(node), "a list", otherwise);
        var items = new List<T>();
        for (var i = 0; i < list.Children.Count; i++)
        {
            if (list.Children[i] is YamlMappingNode child)
                items.Add(Read(child, $"{Full(key)}[{i}]", read));
            else
                Fail(list.Children[i], $"{key}[{i}]", Describe(list.Children[i]), "keys below it", 0);
        }
        return items;
    }

    /// <summary>A list of texts.</summary>
    public IReadOnlyList<string> Texts(string key, IReadOnlyList<string> otherwise, int atLeast)
    {
        if (Find(key) is not { } node)
            return otherwise;
        if (node is not YamlSequenceNode list)
            return Fail(node, key, Describe(node), "a list of names such as [a, b]", otherwise);
        var items = new List<string>();
        for (var i = 0; i < list.Children.Count; i++)
        {
            if (Substitute(list.Children[i], $"{key}[{i}]") is not { } text)
                continue;
            if (text.Length == 0 || items.Contains(text))
                Fail(list.Children[i], $"{key}[{i}]", $"\"{text}\"", "a name that stands once", 0);
            items.Add(text);
        }
        return list.Children.Count >= atLeast ? items : Fail(node, key, "an empty list", $"at least {atLeast}", otherwise);
    }

    /// <summary>A duration, in ns; more than 0. A word may stand for one.</summary>
    public long Duration(string key, long otherwise, (string Text, long Nanos)? word = null) =>
        Scalar(key, out var node) is not { } text ? otherwise
        : text == word?.Text ? word.Value.Nanos
        : DurationText.TryParse(text, out var nanos) && nanos > 0 ? nanos
        : Fail(node!, key, $"\"{text}\"", DurationText.Suggest(text) is { } better ? $"{DurationText.Wanted}{Or(word?.Text)}; did you mean {better}?" : DurationText.Wanted + Or(word?.Text), otherwise);

    /// <summary>A size, in bytes. A word may stand for one.</summary>
    public long Size(string key, long otherwise, long atLeast, (string Text, long Bytes)? word = null) =>
        Scalar(key, out var node) is not { } text ? otherwise
        : text == word?.Text ? word.Value.Bytes
        : SizeText.TryParse(text, out var bytes) && bytes >= atLeast ? bytes
        : Fail(node!, key, $"\"{text}\"", $"a size such as 512MiB or 2GiB, at least {SizeText.Format(atLeast)}{Or(word?.Text)}", otherwise);

    /// <summary>A text that a rule accepts.</summary>
    public string? Text(string key, string? otherwise, string wanted, Func<string, bool> isGood, IReadOnlyList<string>? choices = null)
    {
        if (Scalar(key, out var node) is not { } text)
            return otherwise;
        if (isGood(text))
            return text;
        var better = choices is null ? null : NearestName.Of(text, choices);
        return Fail(node!, key, $"\"{text}\"", better is null ? wanted : $"{wanted}; did you mean {better}?", otherwise);
    }

    /// <summary>A text as it stands, in which <c>${1}</c> does not name an environment variable; null when there is none.</summary>
    public string? Verbatim(string key, string wanted, Func<string, bool> isGood)
    {
        if (Find(key) is not { } node)
            return null;
        if (node is not YamlScalarNode { Value: { } text })
            return Fail<string?>(node, key, Describe(node), wanted, null);
        return isGood(text) ? text : Fail<string?>(node, key, $"\"{text}\"", wanted, null);
    }

    /// <summary>Reports a key that must stand and does not.</summary>
    public void Require(string key, string wanted)
    {
        if (Find(key) is null)
            errors.Add(new ConfigError(file, mapping.Start.Line, mapping.Start.Column, Full(key), "nothing", wanted));
    }

    /// <summary>A text that must stand.</summary>
    public string Required(string key, string wanted, Func<string, bool> isGood, IReadOnlyList<string>? choices = null)
    {
        Require(key, wanted);
        return Text(key, "", wanted, isGood, choices)!;
    }

    /// <summary>Reports that a key's value cannot be used, where only its reader can tell.</summary>
    public void Report(string key, string got, string wanted) => Fail(Find(key) ?? mapping, key, got, wanted, 0);

    /// <summary>Reports the keys that were not asked for; called when all others were.</summary>
    public void ReportUnknownKeys()
    {
        foreach (var key in mapping.Children.Keys)
        {
            var name = (key as YamlScalarNode)?.Value;
            if (name is not null && _known.Contains(name))
                continue;
            var better = name is null ? null : NearestName.Of(name, _known);
            var wanted = $"one of {string.Join(", ", _known.Distinct())}";
            errors.Add(new ConfigError(
                file, key.Start.Line, key.Start.Column, name is null ? path : Full(name), "an unknown key", better is null ? wanted : $"{wanted}; did you mean {better}?"));
        }
    }

    private Dictionary<string, IReadOnlyList<string>> Lists()
    {
        var lists = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var key in mapping.Children.Keys)
        {
            if (key is YamlScalarNode { Value: { } name })
                lists[name] = Texts(name, [], atLeast: 0);
        }
        return lists;
    }

    private T Read<T>(YamlMappingNode child, string childPath, Func<YamlSection, T> read)
    {
        var section = new YamlSection(child, childPath, file, environment, errors);
        var value = read(section);
        section.ReportUnknownKeys();
        return value;
    }

    private YamlNode? Find(string key)
    {
        _known.Add(key);
        return mapping.Children.TryGetValue(new YamlScalarNode(key), out var node) ? node : null;
    }

    private string? Scalar(string key, out YamlNode? node)
    {
        node = Find(key);
        return node is null ? null : Substitute(node, key);
    }

    private string? Substitute(YamlNode node, string key)
    {
        if (node is not YamlScalarNode { Value: { } text })
            return Fail<string?>(node, key, Describe(node), "one value", null);
        return EnvironmentText.TrySubstitute(text, environment, out var result, out var got, out var wanted)
            ? result
            : Fail<string?>(node, key, got, wanted, null);
    }

    private T Fail<T>(YamlNode node, string key, string got, string wanted, T otherwise)
    {
        errors.Add(new ConfigError(file, node.Start.Line, node.Start.Column, Full(key), got, wanted));
        return otherwise;
    }

    private string Full(string key) => path.Length == 0 ? key : $"{path}.{key}";

    private static string Or(string? word) => word is null ? "" : $", or {word}";

    private static bool IsEmpty(YamlNode node) => node is YamlScalarNode { Value: null or "" };

    private static string Describe(YamlNode node) => node switch
    {
        YamlMappingNode => "keys",
        YamlSequenceNode => "a list",
        _ => IsEmpty(node) ? "nothing" : $"\"{node}\"",
    };
}
