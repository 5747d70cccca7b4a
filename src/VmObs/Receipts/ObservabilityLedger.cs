using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Keys;
using VmObs.Ledger.Receipts;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded;

namespace VmObs.Receipts;

/// <summary>The scroll on disk: appends receipts to the JSONL and replaces ROOT after each append. Whoever opens it disposes it.</summary>
/// <remarks>
/// One loop owns the file. Receipts that are queued together are one write, one fdatasync and one ROOT. After a refused write the trees go back to
/// what the file is known to hold and whoever waited is told; the next receipt is written after the file has been cut to that. Lines that are
/// durable without their ROOT stay, and the next receipt, or the same one asked for again, brings ROOT up to them.
/// </remarks>
internal sealed class ObservabilityLedger : IReceiptSink, IAsyncDisposable
{
    public const string RootFile = "ROOT.observability.txt";

    private readonly Channel<Pending> _queue = Channel.CreateUnbounded<Pending>(new UnboundedChannelOptions { SingleReader = true });
    private readonly DiskFolder _disk;
    private readonly TimeProvider _time;
    private readonly ReceiptWriter _writer;
    private readonly SigningKey _key;
    private readonly KeyChain _chain;
    private readonly ScrollFile _file;
    private readonly string _rootPath;
    private ReceiptScroll _scroll;
    private readonly ReceiptKeys _keys;
    private readonly List<SealedHourReceipt> _sealedHours;
    private readonly List<ExpiredHourReceipt> _expiredHours;
    private readonly ScrollTables _tables;
    private readonly ReceiptFileReader _reader;
    private readonly Task _loop;
    private volatile Durable _durable;
    private volatile IReadOnlyList<SignedRotation> _rotations;

    private ObservabilityLedger(LedgerOptions options, DiskFolder disk, TimeProvider time, SigningKey key, ScrollFile file, LedgerState state, ScrollTables tables)
    {
        _disk = disk;
        _time = time;
        _writer = new ReceiptWriter(options);
        (_key, _chain, _rotations) = (key, state.Chain, [.. state.Chain.Rotations]);
        _file = file;
        _rootPath = Path.Combine(options.DataFolder, RootFile);
        FilePath = file.Path;
        _scroll = state.Scroll;
        _tables = tables;
        _sealedHours = state.SealedHours;
        _expiredHours = state.ExpiredHours;
        SamplingRules = state.SamplingRules;
        _durable = new Durable(state.Scroll.Size, state.RootIsCurrent ? File.ReadAllBytes(_rootPath) : []);
        _reader = new ReceiptFileReader(file.Path, tables.Index, () => _durable.Size);
        Log = new ReceiptLog(tables, _reader, () => _durable.Root);
        _keys = new ReceiptKeys(tables.Index, _reader.Read);
        foreach (var receiptKey in state.Keys)
            _keys.Note(receiptKey);
        if (state.RootIsCurrent)
            tables.Save();
        else
            WriteRoot();
        _key.Settle();
        _loop = Task.Run(RunAsync);
    }

    /// <summary>The JSONL's path.</summary>
    public string FilePath { get; }

    /// <summary>Reads the receipts that ROOT covers.</summary>
    public IReceiptReader Reader => _reader;

    /// <summary>ROOT as it stands on disk.</summary>
    public byte[] Root => _durable.Root;

    /// <summary>Number of receipts that ROOT covers.</summary>
    public long Size => _durable.Size;

    /// <summary>The key that signs ROOT.</summary>
    public NoteKey PublicKey => _key.Signer.PublicKey;

    /// <summary>Whether its secret may be replaced: it is the folder's own.</summary>
    public bool CanRotate => !_key.IsFromEnvironment;

    /// <summary>How the key came to be the present one; empty where it is the first.</summary>
    public IReadOnlyList<SignedRotation> Rotations => _rotations;

    /// <summary>How often sampling rules had been put in force when it was opened, and the hash of the last ones; null when none had.</summary>
    public (int Count, string? LastHash) SamplingRules { get; }

    public IReadOnlyList<SealedHourReceipt> SealedHours
    {
        get
        {
            lock (_sealedHours)
                return [.. _sealedHours];
        }
    }

    public IReadOnlyList<ExpiredHourReceipt> ExpiredHours
    {
        get
        {
            lock (_sealedHours)
                return [.. _expiredHours];
        }
    }

    /// <summary>Opens or begins the scroll, checks every line, and makes good what a crash left between the lines and ROOT.</summary>
    /// <exception cref="DamagedLedgerException">A line, ROOT or their sizes are not what was written.</exception>
    public static ObservabilityLedger Open(LedgerOptions options, DiskFolder disk, TimeProvider time)
    {
        var path = Path.Combine(options.DataFolder, ReceiptFile.RelativePath);
        var rootPath = Path.Combine(options.DataFolder, RootFile);
        var key = SigningKey.Open(disk, options);
        try
        {
            var derived = DerivedFileKey.Open(disk, options.DataFolder, options.SigningSeed);
            var tables = new ScrollTables(disk, options.DataFolder, DerivedFileKey.For("receipt index", derived), offset => ReceiptFile.Lines(path, from: offset));
            try
            {
                var state = LedgerState.Read(path, rootPath, key.Known, tables);
                key.Choose(state.Chain.Current);
                var file = ScrollFile.Open(disk, path, state.Length, state.RootLength);
                try
                {
                    key.DropUnused();
                    return new ObservabilityLedger(options, disk, time, key, file, state, tables);
                }
                catch
                {
                    file.Dispose();
                    throw;
                }
            }
            catch
            {
                tables.Dispose();
                throw;
            }
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    public async ValueTask HourSealedAsync(SealedHour hour, CancellationToken cancellationToken) =>
        await AppendAsync(
            new Pending("seal:" + hour.StoragePath, json => ReceiptWriter.WriteHour(json, hour))
            {
                Seals = new SealedHourReceipt(hour.StoragePath, hour.ContentHash, hour.Journal.To),
            }).WaitAsync(cancellationToken);

    public async ValueTask TracesCompletedAsync(IReadOnlyList<CompletedTrace> traces, CancellationToken cancellationToken) =>
        await Task.WhenAll(traces.Select(trace =>
            AppendAsync(new Pending(KeyOf(trace), json => _writer.WriteTrace(json, trace)) { Decision = trace.Decision }))).WaitAsync(cancellationToken);

    public async ValueTask ClockSteppedAsync(ClockStep step, CancellationToken cancellationToken) =>
        await AppendAsync(
            $"clock_step:{Rfc3339.Format(step.FromUnixNanos)}:{Rfc3339.Format(step.ToUnixNanos)}",
            (json, seq) => ReceiptWriter.WriteClockStep(json, seq, step), cancellationToken);

    public async ValueTask HourExpiredAsync(ExpiredHour hour, CancellationToken cancellationToken)
    {
        await AppendAsync(RetentionReceipt.KeyOf(hour), (json, seq) => RetentionReceipt.Write(json, seq, hour), cancellationToken);
        lock (_sealedHours)
            _expiredHours.Add(new ExpiredHourReceipt(hour.StoragePath, hour.Rest?.OutboardHead));
    }

    /// <summary>Appends a receipt; durable, with ROOT, once the task completes. A key that has a receipt already gets no second.</summary>
    /// <param name="idempotencyKey">Unique in the scroll.</param>
    /// <param name="writeMembers">Writes the members of the type; told the receipt's seq. Called on the ledger's own thread of control.</param>
    /// <param name="cancellationToken">Gives up waiting; the receipt may be written all the same.</param>
    public Task AppendAsync(string idempotencyKey, Action<Utf8JsonWriter, long> writeMembers, CancellationToken cancellationToken) =>
        AppendAsync(new Pending(idempotencyKey, json => writeMembers(json, _scroll.Size))).WaitAsync(cancellationToken);

    /// <summary>Whether a key, of no trace, has a receipt, or one on its way.</summary>
    public bool HasReceipt(string idempotencyKey) => _keys.Contains(idempotencyKey);

    /// <summary>Whether a trace has a receipt, or one on its way.</summary>
    public bool HasReceipt(CompletedTrace trace) => _keys.Contains(KeyOf(trace), trace.Decision);

    /// <inheritdoc cref="ReceiptIndex.TracesOf"/>
    public int[] TraceReceiptsOf(long[] seconds) => _tables.Index.TracesOf(seconds);

    /// <summary>The scroll as a transparency log.</summary>
    public ReceiptLog Log { get; }

    /// <summary>Signs another of the engine's notes with the scroll's key; the text's first line must be none that ROOT could have.</summary>
    public byte[] SignNote(string text) => _key.SignNote(text);

    /// <summary>Appends the scroll's first receipt, which says by which key it begins; nothing where it has begun.</summary>
    public Task ReceiptKeyCreationAsync(CancellationToken cancellationToken) =>
        Size > 0 ? Task.CompletedTask : AppendAsync(KeyReceipt.KeyOfCreation(PublicKey), (json, seq) => KeyReceipt.WriteCreation(json, seq, PublicKey, Now), cancellationToken);

    /// <summary>The first step of a rotation: the next secret is durable when this returns, and notes are signed by both from now on.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public NoteKey PrepareKey() => _key.Prepare();

    /// <summary>Puts the key in force that <see cref="PrepareKey"/> made; receipt, ROOT and secret are durable once the task completes.</summary>
    public Task RotateKeyAsync(NoteKey next) =>
        AppendAsync(new Pending(KeyReceipt.KeyOf(next), json => KeyReceipt.WriteRotation(
            json, new KeyRotation(next.Name, _scroll.Size, _scroll.Blake3Root, next), _key.Signer, Now)) { IsRotation = true });

    /// <summary>Appends the receipt that the secret was handed out.</summary>
    public Task ReceiptKeyExportAsync(CancellationToken cancellationToken) =>
        AppendAsync($"key_exported:{Rfc3339.Format(Now)}:{PublicKey.ToVerifierKey()}", (json, seq) => KeyReceipt.WriteExport(json, seq, PublicKey, Now), cancellationToken);

    /// <summary>The latest receipts that answer a query of the engine's own, in the scroll's order.</summary>
    public IReadOnlyCollection<byte[]> Find(ReceiptQuery query) =>
        [.. Reader.Find(query, QueryBudget.Unlimited(), CancellationToken.None).Take(query.Limit).Reverse().Select(Reader.Read)];

    /// <summary>Appends what is queued, then closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop;
        _reader.Dispose();
        _tables.Dispose();
        _file.Dispose();
        _key.Dispose();
    }

    private long Now => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;

    private static string KeyOf(CompletedTrace trace) => $"trace:{trace.TraceId}:{trace.Decision}";

    private Task AppendAsync(Pending pending)
    {
        if (!_queue.Writer.TryWrite(pending))
            pending.Done.SetException(new IOException("ledger: closed, the engine is stopping"));
        return pending.Done.Task;
    }

    private async Task RunAsync()
    {
        var group = new List<Pending>();
        var lines = new ArrayBufferWriter<byte>(64 * 1024);
        while (await _queue.Reader.WaitToReadAsync())
        {
            group.Clear();
            lines.ResetWrittenCount();
            var before = _scroll.Copy();
            while (lines.WrittenCount < 4 * 1024 * 1024 && _queue.Reader.TryRead(out var pending))
            {
                if (Stage(pending, lines) is { } refused)
                    pending.Done.SetException(refused);
                else
                    group.Add(pending);
            }
            var failure = Commit(lines.WrittenSpan, group, before);
            foreach (var pending in group)
            {
                if (failure is null)
                    pending.Done.SetResult();
                else
                    pending.Done.SetException(failure);
            }
        }
    }

    /// <summary>Adds a receipt to the trees and its line to the write; a key that has a receipt adds nothing.</summary>
    /// <returns>Why this one receipt cannot be written; the trees have not seen it then, and the others go on.</returns>
    private InvalidOperationException? Stage(Pending pending, ArrayBufferWriter<byte> lines)
    {
        try
        {
            if (!_keys.TryAdd(pending.IdempotencyKey, pending.Decision))
                return null;
            pending.IsNew = true;
            lines.Write(_scroll.Append(Receipt(pending)));
            lines.Write("\n"u8);
            return null;
        }
        catch (Exception error)
        {
            // Whatever it is: the loop goes on, for nobody waiting behind it would ever be answered.
            Forget(pending);
            return new InvalidOperationException($"BUG: no receipt can be written for {pending.IdempotencyKey}: {error.Message}", error);
        }
    }

    private ReadOnlySpan<byte> Receipt(Pending pending)
    {
        var receipt = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(receipt, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("seq", _scroll.Size);
            json.WriteString("sealed_at", Rfc3339.Format(Now));
            json.WriteString("idempotency_key", pending.IdempotencyKey);
            pending.WriteMembers(json);
            json.WriteEndObject();
        }
        return receipt.WrittenSpan;
    }

    /// <returns>Why those who wait are to be told that they have no receipt; null when they have.</returns>
    private IOException? Commit(ReadOnlySpan<byte> lines, List<Pending> group, ReceiptScroll before)
    {
        try
        {
            if (!lines.IsEmpty)
                _file.Append(lines);
            for (var rest = lines; !rest.IsEmpty; rest = rest[(rest.IndexOf((byte)'\n') + 1)..])
                _tables.Index.Add(rest[..rest.IndexOf((byte)'\n')]);
            _keys.Settle();
            if (group.Exists(static pending => pending is { IsRotation: true, IsNew: true }))
                TakeOverKey(lines);
        }
        catch (IOException error)
        {
            _scroll = before;
            _tables.Cut(before.Size);
            group.ForEach(Forget);
            return new IOException($"ledger: the disk refused the write, no receipt was issued: {error.Message}", error);
        }
        lock (_sealedHours)
            _sealedHours.AddRange(group.Where(pending => pending.IsNew).Select(pending => pending.Seals).OfType<SealedHourReceipt>());
        try
        {
            if (_durable.Size != _scroll.Size)
                WriteRoot();
            _key.Settle();
            return null;
        }
        catch (IOException error)
        {
            return new IOException($"ledger: the disk refused ROOT or what it covers, the receipt counts once they are written: {error.Message}", error);
        }
    }

    private void Forget(Pending pending)
    {
        if (!pending.IsNew)
            return;
        pending.IsNew = false;
        _keys.Remove(pending.IdempotencyKey, pending.Decision);
    }

    private void TakeOverKey(ReadOnlySpan<byte> lines)
    {
        for (var rest = lines; !rest.IsEmpty; rest = rest[(rest.IndexOf((byte)'\n') + 1)..])
            _chain.Add(rest[..rest.IndexOf((byte)'\n')], before: null);
        _rotations = [.. _chain.Rotations];
        _key.TakeOver();
    }

    private void WriteRoot()
    {
        _tables.Save();
        var signer = _key.Signer;
        var note = signer.Sign(new Checkpoint(signer.PublicKey.Name, _scroll.Size, _scroll.Sha256Root, _scroll.Blake3Root).ToText());
        _disk.Replace(_rootPath, note);
        _durable = new Durable(_scroll.Size, note);
    }

    /// <summary>What stands on disk: replaced as one, after ROOT.</summary>
    private sealed record Durable(long Size, byte[] Root);

    private sealed record Pending(string IdempotencyKey, Action<Utf8JsonWriter> WriteMembers)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Whether its line is of this append, and not of an earlier one with the same key.</summary>
        public bool IsNew { get; set; }

        /// <summary>The journal record that decided the trace that it is of; null for others.</summary>
        public long? Decision { get; init; }

        /// <summary>Whether another key signs from this receipt on.</summary>
        public bool IsRotation { get; init; }

        /// <summary>The hour that this receipt seals.</summary>
        public SealedHourReceipt? Seals { get; init; }
    }
}
