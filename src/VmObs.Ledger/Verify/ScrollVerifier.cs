using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Keys;
using VmObs.Ledger.Merkle;
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
    private readonly ReceiptScroll _scroll;
    private readonly KeyChain _chain;
    private readonly SignedNote? _root;
    private readonly Checkpoint? _checkpoint;
    private (string Name, SignedNote Note, Checkpoint Checkpoint)? _kept;
    private NoteKey? _signer;
    private bool _broken;
    private long _offset;
    private long _line;

    /// <summary>Reads ROOT; its signature is checked once the lines that it covers say whose it must be.</summary>
    /// <param name="root">The bytes of ROOT.observability.txt; null when there is none.</param>
    /// <param name="key">A key of the scroll: the one that signs ROOT, or one that rotations lead from, or to.</param>
    /// <param name="blake3Tiles">Gets the hashes of the BLAKE3 tree, to be compared with what is stored of it.</param>
    /// <param name="sha256Tiles">Gets the hashes of the SHA-256 tree.</param>
    public ScrollVerifier(byte[]? root, NoteKey key, IMerkleTileSink? blake3Tiles = null, IMerkleTileSink? sha256Tiles = null)
    {
        _chain = new KeyChain(key);
        _scroll = new ReceiptScroll { Blake3Tiles = blake3Tiles, Sha256Tiles = sha256Tiles };
        if (root is null)
            return;
        try
        {
            _root = SignedNote.Parse(root);
            _checkpoint = Checkpoint.Parse(_root.Text);
            if (_checkpoint.Origin != key.Name)
                _findings.Add($"ROOT.observability.txt: found origin {_checkpoint.Origin}, expected {key.Name}");
            if (_checkpoint.Size == 0)
                CheckRoot(_checkpoint);
        }
        catch (FormatException error)
        {
            _findings.Add($"ROOT.observability.txt: {error.Message}");
        }
    }

    /// <summary>Expects the scroll to have grown from an earlier state, which somebody kept elsewhere. Called before the first line is added.</summary>
    /// <param name="root">ROOT of that time, signed by the key of that time.</param>
    /// <param name="name">What it is called in findings.</param>
    public void ExpectGrownFrom(ReadOnlySpan<byte> root, string name)
    {
        try
        {
            var note = SignedNote.Parse(root);
            _kept = (name, note, Checkpoint.Parse(note.Text));
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

    /// <summary>The key that signs ROOT over the lines so far.</summary>
    public NoteKey Key => _chain.Current;

    /// <summary>Keys of which one may stand for the scroll now: the one that signs it, and while a rotation is not finished the one before.</summary>
    public IReadOnlyList<NoteKey> LatestKeys => _chain.Rotations is [.., var last] ? [last.Statement.Key, last.By] : [_chain.Current];

    /// <summary>Keys of which one is to have signed a HEAD that was read after ROOT and before the lines: ROOT's, and those that were rotated to since.</summary>
    public IReadOnlyList<NoteKey> HeadKeys => _signer is null
        ? [_chain.Current]
        : [_signer, .. _chain.Rotations.Where(rotation => rotation.Statement.Seq >= _checkpoint!.Size).Select(static rotation => rotation.Statement.Key)];

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
        Digest? before = KeyChain.MayRotate(line) ? _scroll.Blake3Root : null;
        if (_scroll.Replay(line) is { } wrong)
        {
            _broken = true;
            _findings.Add($"observability_events.jsonl, line {number} at byte {offset}: {wrong}; what follows cannot be checked");
            return false;
        }
        if (before is not null && _chain.Add(line, before) is { } forged)
            _findings.Add($"observability_events.jsonl, line {number} at byte {offset}: {forged}");
        if (_checkpoint is { } checkpoint && checkpoint.Size == _scroll.Size)
            CheckRoot(checkpoint);
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
        if (_checkpoint is not null && _signer is null && !_broken)
        {
            // Which of the two was changed: whoever cuts lines cannot sign a size.
            CheckSignature("ROOT.observability.txt", _root!, KeyOver(_checkpoint.Size));
            _findings.Add($"observability_events.jsonl: found {_scroll.Size} receipts, expected {_checkpoint.Size} as ROOT says; lines are missing at the end");
        }
        if (_kept is { } kept && CheckSignature(kept.Name, kept.Note, KeyOver(kept.Checkpoint.Size)) && !_broken && kept.Checkpoint.Size > _scroll.Size)
            _findings.Add($"observability_events.jsonl: found {_scroll.Size} receipts, expected at least {kept.Checkpoint.Size} as {kept.Name} signs: the folder is an older one");
        if (_checkpoint is null && _line > 0 && _findings.Count == 0)
            _findings.Add($"ROOT.observability.txt: not there, expected a checkpoint over {_line} receipts");
    }

    private void CheckRoot(Checkpoint checkpoint)
    {
        _signer = _chain.Current;
        if (_chain.Doubt is { } doubt)
            _findings.Add($"observability_events.jsonl, {doubt}");
        CheckSignature("ROOT.observability.txt", _root!, _signer);
        Compare("SHA-256", checkpoint.Sha256Root, _scroll.Sha256Root);
        Compare("BLAKE3", checkpoint.Blake3Root, _scroll.Blake3Root);
    }

    // Before the first rotation it is the one that this was by, where somebody who is trusted vouches for it.
    private NoteKey KeyOver(long size) =>
        _chain.Rotations.LastOrDefault(rotation => rotation.Statement.Seq < size)?.Statement.Key
        ?? (_chain is { Doubt: null, Rotations: [var first, ..] } ? first.By : _chain.Current);

    private bool CheckSignature(string name, SignedNote note, NoteKey key)
    {
        try
        {
            if (note.IsSignedBy(key))
                return true;
            _findings.Add($"{name}: found no signature of {key}, expected one");
        }
        catch (FormatException error)
        {
            _findings.Add($"{name}: {error.Message}");
        }
        return false;
    }

    private void Compare(string tree, in Digest signed, in Digest computed)
    {
        if (signed != computed)
            _findings.Add($"ROOT.observability.txt: found {tree} root {signed}, expected {computed} over {_scroll.Size} receipts");
    }
}
