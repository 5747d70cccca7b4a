using System.Runtime.CompilerServices;

namespace VmObs.Signals.Wire;

/// <summary>An explanation that is put together only when it is the request's first, so that a million refusals cost one text.</summary>
[InterpolatedStringHandler]
internal ref struct RefusalMessage
{
    private DefaultInterpolatedStringHandler _text;

    public RefusalMessage(int literalLength, int formattedCount, Refusals refusals, out bool wanted)
    {
        wanted = refusals.FirstMessage is null;
        if (wanted)
            _text = new DefaultInterpolatedStringHandler(literalLength, formattedCount);
    }

    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    /// <summary>A text from the body, in quotes, cut after 80 bytes.</summary>
    public void AppendFormatted(ReadOnlySpan<byte> text)
    {
        _text.AppendLiteral("\"");
        _text.AppendLiteral(System.Text.Encoding.UTF8.GetString(text.Length > 80 ? text[..80] : text));
        _text.AppendLiteral(text.Length > 80 ? "…\"" : "\"");
    }

    public string ToStringAndClear() => _text.ToStringAndClear();
}

/// <summary>Counts refusals with explanations that are written only once.</summary>
internal static class RefusalCounting
{
    private static readonly Func<string> Unwanted = static () => "";

    /// <summary>Counts one refused record.</summary>
    public static void Count(
        this Refusals refusals, RefusalReason reason, [InterpolatedStringHandlerArgument(nameof(refusals))] ref RefusalMessage message)
    {
        if (refusals.FirstMessage is null)
            AddFirst(refusals, reason, message.ToStringAndClear());
        else
            refusals.Add(reason, Unwanted);
    }

    private static void AddFirst(Refusals refusals, RefusalReason reason, string text) => refusals.Add(reason, () => text);
}
