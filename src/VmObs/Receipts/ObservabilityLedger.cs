using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Receipts;
using VmObs.Signals;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded;

namespace VmObs.Receipts;

/// <summary>The scroll on disk: appends receipts to the JSONL and replaces ROOT after each append. Whoever opens it disposes it.</summary>
/// <remarks>
/// One loop owns the file. Receipts that are queued together are one write, one fdatasync and one ROOT. A refused write ends the ledger: the
/// trees in memory have gone on and the file has not, so nothing more is appended until a restart has read the file again.
/// </remarks>
internal sealed class ObservabilityLedger : IReceiptSink, IAsyncDisposable
{
    public const string RootFile = "ROOT.observability.txt";

    private readonly Channel<Pending> _queue = Channel.CreateUnbounded<Pending>(new UnboundedChannelOptions { SingleReader = true });
    private readonly DiskFolder _disk;
    private readonly TimeProvider _time;
    private readonly ReceiptWriter _writer;
    private readonly NoteSigner _signer;
    private readonly DiskFile _file;
    private readonly string _rootPath;
    private readonly ReceiptScroll _scroll;
    private readonly HashSet<string> _keys;
    private readonly List<SealedHourReceipt> _sealedHours;
    private readonly Task _loop;
    private long _length;
    private IOException? _failure;

    private ObservabilityLedger(LedgerOptions options, DiskFolder disk, TimeProvider time, NoteSigner signer, DiskFile file, LedgerState state)
    {
        _disk = disk;
        _time = time;
        _writer = new ReceiptWriter(options);
        _signer = signer;
        _file = file;
        _rootPath = Path.Combine(options.DataFolder, RootFile);
        FilePath = file.Path;
        _scroll = state.Scroll;
        _keys = state.Keys;
        _sealedHours = state.SealedHours;
        _length = state.Length;
        Root = File.Exists(_rootPath) ? File.ReadAllBytes(_rootPath) : [];
        _loop = Task.Run(RunAsync);
    }

    /// <summary>The JSONL's path.</summary>
    public string FilePath { get; }

    /// <summary>ROOT as it stands on disk.</summary>
    public byte[] Root { get; private set; }

    /// <summary>Number of receipts.</summary>
    public long Size => _scroll.Size;

    /// <summary>The key that signs ROOT.</summary>
    public NoteKey PublicKey => _signer.PublicKey;

    public IReadOnlyList<SealedHourReceipt> SealedHours
    {
        get
        {
            lock (_sealedHours)
                return [.. _sealedHours];
        }
    }

    /// <summary>Opens or begins the scroll, checks every line, and makes good what a crash left between the lines and ROOT.</summary>
    /// <exception cref="DamagedLedgerException">A line, ROOT or their sizes are not what was written.</exception>
    public static ObservabilityLedger Open(LedgerOptions options, DiskFolder disk, TimeProvider time)
    {
        var path = Path.Combine(options.DataFolder, ReceiptFile.RelativePath);
        disk.CreateFolder(Path.GetDirectoryName(path)!);
        var signer = SigningKey.OpenOrCreate(disk, options.DataFolder, options.Origin);
        var isNew = !File.Exists(path);
        var file = disk.Open(path, create: isNew);
        if (isNew)
            disk.SyncFolder(Path.GetDirectoryName(path)!);
        var state = LedgerState.Read(path, Path.Combine(options.DataFolder, RootFile), signer.PublicKey);
        if (state.TornBytes > 0)
            file.SetLength(state.Length);
        // Lines that a crash left unsynced must not outlive the ROOT that is now written over them.
        file.Sync();
        var ledger = new ObservabilityLedger(options, disk, time, signer, file, state);
        if (!state.RootIsCurrent)
            ledger.WriteRoot();
        return ledger;
    }

    public async ValueTask HourSealedAsync(SealedHour hour, CancellationToken cancellationToken)
    {
        if (await AppendAsync("seal:" + hour.StoragePath, json => ReceiptWriter.WriteHour(json, hour)).WaitAsync(cancellationToken))
        {
            lock (_sealedHours)
                _sealedHours.Add(new SealedHourReceipt(hour.StoragePath, hour.ContentHash, hour.Journal.To));
        }
    }

    public async ValueTask TracesCompletedAsync(IReadOnlyList<CompletedTrace> traces, CancellationToken cancellationToken) =>
        await Task.WhenAll(traces.Select(trace => AppendAsync($"trace:{trace.TraceId}:{trace.Decision}", json => _writer.WriteTrace(json, trace)))).WaitAsync(cancellationToken);

    /// <summary>Receipts that answer a query, in the scroll's order.</summary>
    public IReadOnlyCollection<byte[]> Find(ReceiptQuery query) => ReceiptFile.Find(FilePath, query);

    /// <summary>Appends what is queued, then closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop;
        _file.Dispose();
        _signer.Dispose();
    }

    /// <returns>Whether the receipt was new.</returns>
    private Task<bool> AppendAsync(string idempotencyKey, Action<Utf8JsonWriter> writeMembers)
    {
        var pending = new Pending(idempotencyKey, writeMembers, new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        if (!_queue.Writer.TryWrite(pending))
            pending.Done.SetException(new IOException("ledger: closed, the engine is stopping"));
        return pending.Done.Task;
    }

    private async Task RunAsync()
    {
        var group = new List<(Pending Pending, bool IsNew)>();
        var lines = new ArrayBufferWriter<byte>(64 * 1024);
        while (await _queue.Reader.WaitToReadAsync())
        {
            group.Clear();
            lines.ResetWrittenCount();
            try
            {
                if (_failure is not null)
                    throw new IOException(_failure.Message, _failure);
                while (lines.WrittenCount < 4 * 1024 * 1024 && _queue.Reader.TryRead(out var pending))
                    group.Add((pending, Stage(pending, lines)));
                Commit(lines.WrittenSpan);
                foreach (var (pending, isNew) in group)
                    pending.Done.SetResult(isNew);
            }
            catch (IOException error)
            {
                _failure ??= error;
                while (_queue.Reader.TryRead(out var pending))
                    group.Add((pending, false));
                foreach (var (pending, _) in group)
                    pending.Done.TrySetException(new IOException($"ledger: the disk refused the write, no receipt was issued: {_failure.Message}", _failure));
            }
        }
    }

    private bool Stage(Pending pending, ArrayBufferWriter<byte> lines)
    {
        if (!_keys.Add(pending.IdempotencyKey))
            return false;
        var receipt = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(receipt, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("seq", _scroll.Size);
            json.WriteString("sealed_at", Rfc3339.Format((_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100));
            json.WriteString("idempotency_key", pending.IdempotencyKey);
            pending.WriteMembers(json);
            json.WriteEndObject();
        }
        lines.Write(_scroll.Append(receipt.WrittenSpan));
        lines.Write("\n"u8);
        return true;
    }

    private void Commit(ReadOnlySpan<byte> lines)
    {
        if (lines.IsEmpty)
            return;
        _file.Write(lines, _length);
        _file.Sync();
        _length += lines.Length;
        WriteRoot();
    }

    private void WriteRoot()
    {
        var note = _signer.Sign(new Checkpoint(_signer.PublicKey.Name, _scroll.Size, _scroll.Sha256Root, _scroll.Blake3Root).ToText());
        _disk.Replace(_rootPath, note);
        Root = note;
    }

    private sealed record Pending(string IdempotencyKey, Action<Utf8JsonWriter> WriteMembers, TaskCompletionSource<bool> Done);
}
