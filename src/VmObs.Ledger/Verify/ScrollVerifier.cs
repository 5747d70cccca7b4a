using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Receipts;

namespace VmObs.Ledger.Verify;

/// <summary>Checks a scroll line by line against the ROOT that was read before it.</summary>
/// <remarks>
/// A live engine appends lines before it replaces ROOT: read ROOT first, then the lines. Lines beyond ROOT's size verify by their chain and are
/// counted as <see cref="Unsigned"/>; that is a finding only when no engine is writing. Not thread-safe.
/// </remarks>
public sealed class ScrollVerifier
{
    private readonly List<string> _findings = [];
    private readonly ReceiptScroll _scroll = new();
    private readonly Checkpoint? _checkpoint;
    private (string Name, Checkpoint Checkpoint)? _kept;
    private bool _broken;
    private bool _reached;
    private long _offset;
    private long _line;

    /// <summary>Reads ROOT and checks its signature.</summary>
    /// <param name="root">The bytes of ROOT.observability.txt; null when there is none.</param>
    /// <param name="key">The key that must have signed.</param>
    public ScrollVerifier(byte[]? root, NoteKey key)
    {
        if (root is null)
            return;
        try
        {
            var note = SignedNote.Parse(root);
            if (!note.IsSignedBy(key))
                _findings.Add($"ROOT.observability.txt: found no signature of {key.Name}+{key.Id:x8}, expected one");
            _checkpoint = Checkpoint.Parse(note.Text);
            if (_checkpoint.Origin != key.Name)
                _findings.Add($"ROOT.observability.txt: found origin {_checkpoint.Origin}, expected {key.Name}");
            if (_checkpoint.Size == 0)
                CompareRoots(_checkpoint);
        }
        catch (FormatException error)
        {
            _findings.Add($"ROOT.observability.txt: {error.Message}");
        }
    }

    /// <summary>Expects the scroll to have grown from an earlier state, which somebody kept elsewhere. Called before the first line is added.</summary>
    /// <param name="root">ROOT of that time.</param>
    /// <param name="key">The key that must have signed it.</param>
    /// <param name="name">What it is called in findings.</param>
    public void ExpectGrownFrom(ReadOnlySpan<byte> root, NoteKey key, string name)
    {
        try
        {
            var note = SignedNote.Parse(root);
            if (!note.IsSignedBy(key))
                _findings.Add($"{name}: found no signature of {key.Name}+{key.Id:x8}, expected one");
            else
                _kept = (name, Checkpoint.Parse(note.Text));
        }
        catch (FormatException error)
        {
            _findings.Add($"{name}: {error.Message}");
        }
    }

    /// <summary>What was found wrong so far; each says where, found and expected.</summary>
    public IReadOnlyList<string> Findings => _findings;

    /// <summary>Receipts that verified.</summary>
    public long Size => _scroll.Size;

    /// <summary>Receipts beyond ROOT's size.</summary>
    public long Unsigned => _checkpoint is null ? 0 : Math.Max(0, _scroll.Size - _checkpoint.Size);

    /// <summary>Checks the next line.</summary>
    /// <param name="line">Without its newline.</param>
    /// <returns>Whether the line verified; after the first that did not, no later one can.</returns>
    public bool Add(ReadOnlySpan<byte> line)
    {
        var (number, offset) = (++_line, _offset);
        _offset += line.Length + 1;
        if (_broken)
            return false;
        if (_scroll.Replay(line) is { } wrong)
        {
            _broken = true;
            _findings.Add($"observability_events.jsonl, line {number} at byte {offset}: {wrong}; what follows cannot be checked");
            return false;
        }
        if (_checkpoint is { } checkpoint && checkpoint.Size == _scroll.Size)
            CompareRoots(checkpoint);
        if (_kept is { } kept && kept.Checkpoint.Size == _scroll.Size && (kept.Checkpoint.Sha256Root, kept.Checkpoint.Blake3Root) != (_scroll.Sha256Root, _scroll.Blake3Root))
            _findings.Add($"observability_events.jsonl: found other {_scroll.Size} first receipts than {kept.Name} signs, expected those: the scroll was written anew since");
        return true;
    }

    /// <summary>Ends the check.</summary>
    /// <param name="tornBytes">Bytes after the last newline.</param>
    public void Finish(int tornBytes)
    {
        if (tornBytes > 0)
            _findings.Add($"observability_events.jsonl, line {_line + 1} at byte {_offset}: found {tornBytes} bytes without a newline, expected a whole line");
        if (_checkpoint is not null && !_reached && !_broken)
            _findings.Add($"observability_events.jsonl: found {_scroll.Size} receipts, expected {_checkpoint.Size} as ROOT says; lines are missing at the end");
        if (_kept is { } kept && !_broken && kept.Checkpoint.Size > _scroll.Size)
            _findings.Add($"observability_events.jsonl: found {_scroll.Size} receipts, expected at least {kept.Checkpoint.Size} as {kept.Name} signs: the folder is an older one");
        if (_checkpoint is null && _line > 0 && _findings.Count == 0)
            _findings.Add($"ROOT.observability.txt: not there, expected a checkpoint over {_line} receipts");
    }

    private void CompareRoots(Checkpoint checkpoint)
    {
        _reached = true;
        Compare("SHA-256", checkpoint.Sha256Root, _scroll.Sha256Root);
        Compare("BLAKE3", checkpoint.Blake3Root, _scroll.Blake3Root);
    }

    private void Compare(string tree, in Digest signed, in Digest computed)
    {
        if (signed != computed)
            _findings.Add($"ROOT.observability.txt: found {tree} root {signed}, expected {computed} over {_scroll.Size} receipts");
    }
}
