using System.Text;

namespace VmObs.Query.Correlation;

/// <summary>A log message without what differs from line to line: words with digits in them become "#".</summary>
internal static class MessageShape
{
    private const int MaxChars = 200;

    /// <summary>"anchor 4f2a of block 871204" → "anchor # of block #".</summary>
    public static string Of(string message)
    {
        var text = message.AsSpan(0, Math.Min(message.Length, MaxChars));
        if (!text.ContainsAnyInRange('0', '9'))
            return text.ToString();
        var shape = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var end = i;
            while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] is '_' or '-' or '.' or ':'))
                end++;
            if (end == i)
                shape.Append(text[i++]);
            else
                shape.Append(text[i..end].ContainsAnyInRange('0', '9') ? "#" : text[i..end]);
            i = Math.Max(i, end);
        }
        return shape.ToString();
    }
}
