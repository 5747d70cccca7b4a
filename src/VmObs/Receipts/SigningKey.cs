using System.Security.Cryptography;
using System.Text;
using VmObs.Ledger.Checkpoints;
using VmObs.Storage.Disk;

namespace VmObs.Receipts;

/// <summary>The scroll's Ed25519 key: made at first start, secret in keys/observability.key (0600) or the environment, public in
/// keys/observability.vkey; and the one that is to follow it. Whoever opens it disposes it.</summary>
/// <remarks>
/// A rotation makes durable, in this order: the next secret beside the present one, HEAD under both, the receipt, ROOT under the next, the public
/// half, and the next secret in the present one's place. So whichever of the two the lines put in force, its secret is there, and the public half
/// is that of one of them. Thread-safe.
/// </remarks>
internal sealed class SigningKey : IDisposable
{
    public const string SecretFile = "keys/observability.key";
    public const string NextFile = "keys/observability.key.next";
    public const string PublicFile = "keys/observability.vkey";

    /// <summary>The environment variable that holds the secret where no file does.</summary>
    public const string Variable = "VM_OBS_SIGNING_KEY";

    private readonly Lock _lock = new();
    private readonly DiskFolder _disk;
    private readonly string _secretPath;
    private readonly string _nextPath;
    private readonly string _publicPath;
    private NoteSigner _stored;
    private NoteSigner? _next;
    private volatile NoteSigner _signer;

    private SigningKey(DiskFolder disk, string dataFolder, bool isFromEnvironment, NoteKey known, NoteSigner stored, NoteSigner? next)
    {
        _disk = disk;
        (_secretPath, _nextPath, _publicPath) = (Path.Combine(dataFolder, SecretFile), Path.Combine(dataFolder, NextFile), Path.Combine(dataFolder, PublicFile));
        (IsFromEnvironment, Known, _stored, _next, _signer) = (isFromEnvironment, known, stored, next, stored);
    }

    /// <summary>Whether the secret is not the folder's, so that the engine cannot put another in its place.</summary>
    public bool IsFromEnvironment { get; }

    /// <summary>The key that the folder names: the present one, or while a rotation is not finished the one before.</summary>
    public NoteKey Known { get; }

    /// <summary>Signs ROOT.</summary>
    public NoteSigner Signer => _signer;

    /// <summary>Whether the secret that signs is the one that the next start finds in its place.</summary>
    public bool IsSettled => ReferenceEquals(_signer, _stored);

    /// <summary>Opens the key, or makes one.</summary>
    /// <exception cref="DamagedLedgerException">There is a scroll, and no secret.</exception>
    /// <exception cref="IOException">A secret cannot be read, or is not what belongs to the folder.</exception>
    public static SigningKey Open(DiskFolder disk, LedgerOptions options)
    {
        var (secretPath, publicPath) = (Path.Combine(options.DataFolder, SecretFile), Path.Combine(options.DataFolder, PublicFile));
        var origin = OriginOf(Path.Combine(options.DataFolder, ObservabilityLedger.RootFile));
        var seed = options.SigningSeed?.ToArray() ?? ReadOrCreate(disk, secretPath, mayCreate: origin is null && !File.Exists(Path.Combine(options.DataFolder, ReceiptFile.RelativePath)));
        byte[]? nextSeed = null;
        try
        {
            var nextPath = Path.Combine(options.DataFolder, NextFile);
            nextSeed = options.SigningSeed is null && File.Exists(nextPath) ? SecretKeyFile.Read(nextPath, "a signing key") : null;
            var known = File.Exists(publicPath) ? NoteKey.Parse(File.ReadAllText(publicPath)) : Publish(disk, publicPath, options.Origin ?? origin ?? NameOf(seed), seed);
            if (options.Origin is not null && options.Origin != known.Name)
                throw new IOException($"{publicPath}: the scroll's origin is {known.Name} and cannot become {options.Origin}; remove scroll.origin from the configuration, or begin a new data folder");
            var (stored, next) = (new NoteSigner(known.Name, seed), nextSeed is null ? null : new NoteSigner(known.Name, nextSeed));
            if (stored.PublicKey.Equals(known) || next?.PublicKey.Equals(known) == true)
                return new SigningKey(disk, options.DataFolder, options.SigningSeed is not null, known, stored, next);
            stored.Dispose();
            next?.Dispose();
            throw new IOException($"{publicPath}: not the public half of {(options.SigningSeed is null ? secretPath : Variable)}; restore the pair that belongs together from where you keep it");
        }
        catch (FormatException error)
        {
            throw new IOException($"{publicPath}: {error.Message}", error);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
            CryptographicOperations.ZeroMemory(nextSeed);
        }
    }

    /// <summary>Signs with the secret of the key that the lines put in force.</summary>
    /// <exception cref="IOException">It is not there.</exception>
    public void Choose(NoteKey inForce) =>
        _signer = inForce.Equals(_stored.PublicKey) ? _stored
            : inForce.Equals(_next?.PublicKey) ? _next!
            : throw new IOException($"{(IsFromEnvironment ? Variable : _secretPath)}: found the secret of {_stored.PublicKey}, expected that of {inForce}, which signs the scroll now; restore it from where you keep it");

    /// <summary>Once the lines are durable: a rotation that is not in them did not happen.</summary>
    public void DropUnused()
    {
        if (_next is null || ReferenceEquals(_signer, _next))
            return;
        _disk.Delete(_nextPath);
        _next.Dispose();
        _next = null;
    }

    /// <summary>Makes the next secret, or takes the one that a rotation left which was refused; until it is in force notes are signed by both.</summary>
    /// <exception cref="IOException">The disk refuses, or the rotation before is not finished.</exception>
    public NoteKey Prepare()
    {
        lock (_lock)
        {
            if (!IsSettled)
                throw new IOException($"{_nextPath}: the rotation before is not finished, the disk refused it; try again once /obs/health is well");
            return (_next ??= Create()).PublicKey;
        }
    }

    /// <summary>The next key is in force: its receipt is durable.</summary>
    public void TakeOver()
    {
        lock (_lock)
            _signer = _next!;
    }

    /// <summary>Once ROOT is under the key in force: puts its secret in its place, and the one before is gone.</summary>
    /// <exception cref="IOException">The disk refuses; the next call, or start, goes on.</exception>
    public void Settle()
    {
        lock (_lock)
        {
            if (IsSettled)
                return;
            _disk.Replace(_publicPath, Encoding.UTF8.GetBytes(_signer.PublicKey.ToVerifierKey() + "\n"));
            _disk.Rename(_nextPath, _secretPath);
            _disk.SyncFolder(Path.GetDirectoryName(_secretPath)!);
            _stored.Dispose();
            (_stored, _next) = (_next!, null);
        }
    }

    /// <summary>Signs a note that is not ROOT: under both keys while a rotation is under way, for it must hold whether that comes to pass or not.</summary>
    public byte[] SignNote(string text)
    {
        lock (_lock)
            return _next is { } next && !ReferenceEquals(_signer, next) ? _signer.SignWith(next, text) : _signer.Sign(text);
    }

    public void Dispose()
    {
        _stored.Dispose();
        _next?.Dispose();
    }

    private static byte[] ReadOrCreate(DiskFolder disk, string secretPath, bool mayCreate)
    {
        if (File.Exists(secretPath))
            return SecretKeyFile.Read(secretPath, "a signing key");
        // A new key for an old scroll would sign what it has not seen; the key is made before the scroll is.
        return mayCreate
            ? SecretKeyFile.Create(disk, secretPath)
            : throw new DamagedLedgerException(secretPath, $"not there, expected the key of the scroll that is: put the file back (0600) from where you keep it, or its content into {Variable}; a backup made without --with-keys has none");
    }

    private NoteSigner Create()
    {
        var seed = SecretKeyFile.Create(_disk, _nextPath);
        try
        {
            return new NoteSigner(Known.Name, seed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    private static NoteKey Publish(DiskFolder disk, string publicPath, string name, byte[] seed)
    {
        var key = NoteKey.Create(name, NoteSigner.PublicKeyOf(seed));
        disk.CreateFolder(Path.GetDirectoryName(publicPath)!);
        disk.Replace(publicPath, Encoding.UTF8.GetBytes(key.ToVerifierKey() + "\n"));
        return key;
    }

    // What a scroll is called stays, also where the key that gave it its name is long gone.
    private static string? OriginOf(string rootPath)
    {
        if (NoteFile.Read(rootPath) is not { } root)
            return null;
        try
        {
            return Checkpoint.Parse(SignedNote.Parse(root).Text).Origin;
        }
        catch (FormatException error)
        {
            throw new DamagedLedgerException(rootPath, error.Message);
        }
    }

    private static string NameOf(byte[] seed) =>
        $"vm-obs/observability/{Convert.ToHexStringLower(SHA256.HashData(NoteSigner.PublicKeyOf(seed)))[..16]}";
}
