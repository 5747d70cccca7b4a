using System.Text;

namespace VmObs.Signals.Labels;

/// <summary>Questions to the canonical bytes of a label set.</summary>
public static class LabelKey
{
    /// <summary>The value of one label; empty where the set has no such label.</summary>
    public static ReadOnlySpan<byte> ValueOf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> name)
    {
        var labels = new LabelKeyReader(key);
        while (labels.Next())
        {
            var order = labels.Name.SequenceCompareTo(name);
            if (order == 0)
                return labels.Value;
            if (order > 0)
                break;
        }
        return default;
    }

    /// <summary>The labels as text, in order.</summary>
    public static List<KeyValuePair<string, string>> ToList(ReadOnlySpan<byte> key)
    {
        var list = new List<KeyValuePair<string, string>>();
        var labels = new LabelKeyReader(key);
        while (labels.Next())
            list.Add(new(Encoding.UTF8.GetString(labels.Name), Encoding.UTF8.GetString(labels.Value)));
        return list;
    }
}
