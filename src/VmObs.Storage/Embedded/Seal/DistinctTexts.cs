using System.Text;
using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Seal;

/// <summary>The different names among the records of an hour, without a string for each record.</summary>
/// <remarks>Not thread-safe. Bounded by the names there are.</remarks>
internal sealed class DistinctTexts : IDisposable
{
    private readonly TextDictionary _texts = new();

    /// <summary>Takes a name into account.</summary>
    public void Add(ReadOnlySpan<byte> text) => _texts.IndexOf(text);

    /// <summary>The names in ordinal order.</summary>
    public IReadOnlyList<string> ToSorted()
    {
        var names = new List<string>(_texts.Count);
        for (var i = 0; i < _texts.Count; i++)
            names.Add(Encoding.UTF8.GetString(_texts[i]));
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <inheritdoc/>
    public void Dispose() => _texts.Dispose();
}
