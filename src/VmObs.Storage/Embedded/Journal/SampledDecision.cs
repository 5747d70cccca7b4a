using System.Buffers.Binary;
using System.Text;
using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Signals.Traces;

namespace VmObs.Storage.Embedded.Journal;

/// <summary>The body of a decision that keeps some traces and samples out others. Format: docs/format/journal.md.</summary>
/// <remarks>
/// <code>through i64 · BLAKE3 of the rule set 32 · u8 rules · for each: u8 length + name · for each trace: id 16 · u8 verdict</code>
/// A verdict is 0 for a trace that is kept, else the place, from 1, of the rule that samples it out. A kept trace has all spans that stand before
/// the record and are not decided; one that is sampled out only those through <see cref="Through"/>, because the rules saw no others.
/// </remarks>
internal sealed class SampledDecision
{
    /// <summary>The verdict of a trace that is kept.</summary>
    public const byte Kept = 0;

    private const int TraceBytes = TraceId.Bytes + 1;
    private readonly ReadOnlyMemory<byte> _traces;

    private SampledDecision(long through, Digest rules, IReadOnlyList<string> names, ReadOnlyMemory<byte> traces) =>
        (Through, Rules, Names, _traces) = (through, rules, names, traces);

    /// <summary>Position of the last record whose spans the rules saw.</summary>
    public long Through { get; }

    /// <summary>The hash of the rule set.</summary>
    public Digest Rules { get; }

    /// <summary>The rules' names in their order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Number of traces.</summary>
    public int Count => _traces.Length / TraceBytes;

    /// <summary>A trace and its verdict.</summary>
    public (TraceId Id, byte Verdict) this[int trace]
    {
        get
        {
            var bytes = _traces.Span.Slice(trace * TraceBytes, TraceBytes);
            return (TraceId.Read(bytes), bytes[TraceId.Bytes]);
        }
    }

    /// <summary>Writes a body.</summary>
    public static byte[] Write(long through, in Digest rules, IReadOnlyList<string> names, ReadOnlySpan<(TraceId Id, byte Verdict)> traces)
    {
        using var body = new PooledBuffer(64 + (traces.Length * TraceBytes));
        BinaryPrimitives.WriteInt64LittleEndian(body.GetSpan(sizeof(long)), through);
        body.Advance(sizeof(long));
        body.Write(rules.Span);
        body.WriteByte((byte)names.Count);
        foreach (var name in names)
        {
            var text = Encoding.UTF8.GetBytes(name);
            body.WriteByte((byte)text.Length);
            body.Write(text);
        }
        foreach (var (id, verdict) in traces)
        {
            id.Write(body.GetSpan(TraceId.Bytes));
            body.Advance(TraceId.Bytes);
            body.WriteByte(verdict);
        }
        return body.WrittenSpan.ToArray();
    }

    /// <summary>Reads a body; the traces stay a view of it.</summary>
    /// <exception cref="FormatException">The bytes are not one.</exception>
    public static SampledDecision Read(ReadOnlyMemory<byte> body)
    {
        var bytes = body.Span;
        var at = sizeof(long) + Digest.Bytes + 1;
        if (bytes.Length < at)
            throw Wrong(body);
        var names = new string[bytes[at - 1]];
        for (var i = 0; i < names.Length; i++)
        {
            if (at >= bytes.Length || at + 1 + bytes[at] > bytes.Length)
                throw Wrong(body);
            names[i] = Encoding.UTF8.GetString(bytes.Slice(at + 1, bytes[at]));
            at += 1 + bytes[at];
        }
        var decision = new SampledDecision(BinaryPrimitives.ReadInt64LittleEndian(bytes), new Digest(bytes.Slice(sizeof(long), Digest.Bytes)), names, body[at..]);
        if (decision._traces.Length % TraceBytes != 0)
            throw Wrong(body);
        for (var i = 0; i < decision.Count; i++)
        {
            if (decision[i].Verdict > names.Length)
                throw Wrong(body);
        }
        return decision;
    }

    private static FormatException Wrong(ReadOnlyMemory<byte> body) =>
        new($"{body.Length} bytes that are no decision: expected a position, the hash of a rule set, its names, then 17 bytes a trace");
}
