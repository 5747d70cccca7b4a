using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Keys;

namespace VmObs.Receipts;

/// <summary>The keys of a scroll, and how it gets another.</summary>
/// <param name="ledger">Whose keys they are.</param>
/// <param name="rotateAsync">Puts another in force; durable when the task completes.</param>
internal sealed class ScrollKeys(ObservabilityLedger ledger, Func<Task<NoteKey>> rotateAsync)
{
    /// <summary>The key that signs now.</summary>
    public NoteKey Present => ledger.PublicKey;

    /// <summary>Whether the engine may put another key in force.</summary>
    public bool CanRotate => ledger.CanRotate;

    /// <summary>All of them, the first one first.</summary>
    public IReadOnlyList<ScrollKey> All
    {
        get
        {
            var rotations = ledger.Rotations;
            var keys = new List<ScrollKey> { new(rotations.Count == 0 ? ledger.PublicKey : rotations[0].By, null) };
            foreach (var rotation in rotations)
                keys.Add(new ScrollKey(rotation.Statement.Key, rotation));
            return keys;
        }
    }

    /// <summary>Puts another key in force.</summary>
    /// <exception cref="IOException">The disk refuses, or a backup is being made.</exception>
    public Task<NoteKey> RotateAsync() => rotateAsync();
}
