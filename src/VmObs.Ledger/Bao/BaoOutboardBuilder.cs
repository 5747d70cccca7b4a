using System.Buffers;

namespace VmObs.Ledger.Bao;

/// <summary>Builds an outboard from an input that comes in pieces.</summary>
/// <remarks>Not thread-safe. Holds one group, and 64 bytes for each group.</remarks>
/// <param name="groupBytes">Bytes of a group.</param>
public sealed class BaoOutboardBuilder(int groupBytes = BaoTree.FileGroupBytes)
{
    private readonly BaoAppender _appender = new(groupBytes);
    private readonly ArrayBufferWriter<byte> _parents = new();

    /// <summary>Takes more of the input.</summary>
    public void Update(ReadOnlySpan<byte> bytes) => _appender.Update(bytes, _parents);

    /// <summary>The outboard of all that was taken; nothing may follow.</summary>
    public BaoOutboard Finish()
    {
        var root = _appender.Finish(_parents);
        return new BaoOutboard(_appender.Length, root, groupBytes, BaoOutboard.ToPreOrder(_parents.WrittenSpan));
    }
}
