using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Grams;

/// <summary>Gathers the grams of blocks as they close, and makes groups of them. Not thread-safe.</summary>
internal sealed class GramCollector : ILogBlockSink
{
    /// <summary>Fewer blocks than this are read faster than looked up.</summary>
    public const int MinBlocks = 8;

    private readonly GramSet _set = new();
    private readonly List<GramMatrix> _groups = [];
    private readonly List<int> _counts = [];
    private uint[] _grams = new uint[16 * 1024];
    private uint[] _room = new uint[1024];
    private int _length;

    // Times and ids stand before it, are found by time, and would be most of the grams.
    private static ReadOnlySpan<byte> Message => ",\"message\":"u8;

    /// <summary>Takes a block's text.</summary>
    public void Closed(ReadOnlySpan<byte> text)
    {
        _set.Clear();
        while (!text.IsEmpty && !_set.IsOverfull)
        {
            var end = text.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..end];
            text = end < 0 ? [] : text[(end + 1)..];
            Add(line[Math.Max(line.IndexOf(Message), 0)..]);
        }
        if (_set.IsOverfull)
        {
            Unknown();
            return;
        }
        if (_grams.Length - _length < _set.Grams.Length)
            Array.Resize(ref _grams, Math.Max(_grams.Length * 2, _length + _set.Grams.Length));
        _set.Grams.CopyTo(_grams.AsSpan(_length));
        _length += _set.Grams.Length;
        CountBlock(_set.Grams.Length);
    }

    /// <summary>Takes a block of which nothing is known: it may hold any text.</summary>
    public void Unknown() => CountBlock(-1);

    /// <summary>The groups of all blocks since the last call, in their order; those at the end that are too few are left out.</summary>
    public IReadOnlyList<GramMatrix> TakeGroups()
    {
        if (_counts.Count >= MinBlocks)
            CloseGroup();
        GramMatrix[] groups = [.. _groups];
        _groups.Clear();
        _counts.Clear();
        _length = 0;
        return groups;
    }

    private void Add(ReadOnlySpan<byte> text)
    {
        if (_room.Length < GramSelection.RoomFor(text.Length))
            _room = new uint[GramSelection.RoomFor(text.Length) * 2];
        _set.Add(_room.AsSpan(0, GramSelection.Select(text, _room)));
        _set.Add(_room.AsSpan(0, GramSelection.SelectLetters(text, _room)));
    }

    private void CountBlock(int grams)
    {
        _counts.Add(grams);
        if (_counts.Count == GramMatrix.MaxBlocks)
            CloseGroup();
    }

    private void CloseGroup()
    {
        _groups.Add(GramMatrix.Of(_grams.AsSpan(0, _length), System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_counts)));
        _counts.Clear();
        _length = 0;
    }
}
