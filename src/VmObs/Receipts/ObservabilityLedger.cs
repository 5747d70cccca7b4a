using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;
using VmObs.Ledger.Checkpoints;
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
    private readonly NoteSigner _signer;
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

    private ObservabilityLedger(LedgerOptions options, DiskFolder disk, TimeProvider time, NoteSigner signer, ScrollFile file, LedgerState state, ScrollTables tables)
    {
        _disk = disk;
        _time = time;
        _writer = new ReceiptWriter(options);
        _signer = signer;
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
        foreach (var key in state.Keys)
            _keys.Note(key);
        if (state.RootIsCurrent)
            tables.Save();
        else
            WriteRoot();
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
    public NoteKey PublicKey => _signer.PublicKey;

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
        // A new key for an old scroll would sign what it has not seen; the key is made before the scroll is.
        if (!File.Exists(Path.Combine(options.DataFolder, SigningKey.SecretFile)) && (File.Exists(path) || File.Exists(rootPath)))
            throw new DamagedLedgerException(Path.Combine(options.DataFolder, SigningKey.SecretFile), "not there, expected the key of the scroll that is");
        var signer = SigningKey.OpenOrCreate(disk, options.DataFolder, options.Origin);
        try
        {
            var tables = new ScrollTables(disk, options.DataFolder, signer.DeriveKey("receipt index"), offset => ReceiptFile.Lines(path, from: offset));
            try
            {
                var state = LedgerState.Read(path, rootPath, signer.PublicKey, tables);
                var file = ScrollFile.Open(disk, path, state.Length, state.RootLength);
                try
                {
                    return new ObservabilityLedger(options, disk, time, signer, file, state, tables);
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
            signer.Dispose();
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
            AppendAsync(new Pending($"trace:{trace.TraceId}:{trace.Decision}", json => _writer.WriteTrace(json, trace)) { Decision = trace.Decision }))).WaitAsync(cancellationToken);

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

    /// <summary>The scroll as a transparency log.</summary>
    public ReceiptLog Log { get; }

    /// <summary>Signs another of the engine's notes with the scroll's key; the text's first line must be none that ROOT could have.</summary>
    public byte[] SignNote(string text) => _signer.Sign(text);

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
        _signer.Dispose();
    }

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
            json.WriteString("sealed_at", Rfc3339.Format((_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100));
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

    private void WriteRoot()
    {
        _tables.Save();
        var note = _signer.Sign(new Checkpoint(_signer.PublicKey.Name, _scroll.Size, _scroll.Sha256Root, _scroll.Blake3Root).ToText());
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

        /// <summary>The hour that this receipt seals.</summary>
        public SealedHourReceipt? Seals { get; init; }
    }
}
