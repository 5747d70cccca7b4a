using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using VmObs.Ledger.Hashing;
using VmObs.Receipts.Tables;
using VmObs.Signals;
using VmObs.Storage;
using VmObs.Storage.Disk;

namespace VmObs.Receipts;

/// <summary>Where each receipt of the scroll stands, its type, its time and a check of its line, so that a query reads only lines that may answer
/// it, and knows them again. Derived of the scroll; a file in pages under a keyed hash. Format: docs/format/tlog.md.</summary>
/// <remarks>One writer, any number of readers. In memory: 32 bytes a page of 64 receipts, and what is not known to be durable.</remarks>
internal sealed class ReceiptIndex : IDisposable
{
    /// <summary>Receipts of a full page.</summary>
    public const int PageReceipts = 64;

    private const int TagBytes = 16, RecordsBytes = PageReceipts * ReceiptPlace.Bytes, PageBytes = RecordsBytes + TagBytes;

    private readonly TableFile _file;
    private readonly Blake3Mode _key;
    private readonly Func<long, IEnumerable<byte[]>> _linesFrom;
    // What each page has of traces.
    private readonly List<TracesOfPage> _traces = [];
    private readonly Lock _lock = new();
    private readonly byte[] _last = new byte[PageBytes];
    private volatile Page? _read;
    private long _count;
    private long _end;

    /// <summary>Opens the file, or begins one; nothing counts before it was taken (<see cref="Take"/>) or added.</summary>
    /// <param name="disk">Where it is.</param>
    /// <param name="path">Absolute path.</param>
    /// <param name="key">32 secret bytes, of which nobody who changes the file knows.</param>
    /// <param name="linesFrom">The scroll's lines from an offset on.</param>
    public ReceiptIndex(DiskFolder disk, string path, byte[] key, Func<long, IEnumerable<byte[]>> linesFrom)
    {
        _file = new TableFile(disk, path, PageBytes);
        (_key, _linesFrom) = (Blake3Mode.Keyed(key), linesFrom);
    }

    /// <summary>Where the first page of a file begins that is not as it was written under a key; null where all are.</summary>
    /// <remarks>A page is read once more before it is named: an engine may be writing the last one.</remarks>
    public static long? FirstChangedPage(DiskFolder disk, string path, byte[] key)
    {
        if (!File.Exists(path))
            return null;
        using var file = disk.OpenRead(path);
        var mode = Blake3Mode.Keyed(key);
        var page = new byte[PageBytes];
        for (var number = 0L; file.Read(page, number * PageBytes) == page.Length; number++)
        {
            if (!IsRight(number, page, mode) && (file.Read(page, number * PageBytes) != page.Length || !IsRight(number, page, mode)))
                return number * PageBytes;
        }
        return null;
    }

    /// <summary>Receipts that are in it.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Receipts for which the file has pages.</summary>
    public long Stored => _file.Count * PageReceipts;

    /// <summary>Bytes of the lines that are in it.</summary>
    public long End => _end;

    /// <summary>The latest decision of a trace that is in it; -1 without any.</summary>
    public long LastDecision { get; private set; } = -1;

    /// <summary>A receipt's place.</summary>
    /// <param name="seq">Less than <see cref="Count"/>.</param>
    /// <exception cref="IOException">The index cannot be read, nor made again of the scroll.</exception>
    public ReceiptPlace this[long seq]
    {
        get
        {
            var page = PageOf(seq / PageReceipts);
            return ReceiptPlace.Read(page.Bytes.AsSpan((int)(seq % PageReceipts) * ReceiptPlace.Bytes));
        }
    }

    /// <summary>Takes over what the file has.</summary>
    /// <param name="count">So many receipts, a multiple of <see cref="PageReceipts"/>; those beyond are forgotten.</param>
    /// <param name="others">Gets those that are of no trace.</param>
    /// <returns>Whether all of it is what was written.</returns>
    public bool Take(long count, List<long> others)
    {
        var pages = new byte[PageBytes * 64];
        for (var (first, end) = (0L, count / PageReceipts); first < end; first += 64)
        {
            var some = pages.AsSpan(0, (int)Math.Min(64, end - first) * PageBytes);
            _file.Read(first, some);
            for (var number = first; !some.IsEmpty; some = some[PageBytes..], number++)
            {
                if (!IsRight(number, some[..PageBytes]))
                    return false;
                for (var i = 0; i < PageReceipts; i++)
                    Note(ReceiptPlace.Read(some[(i * ReceiptPlace.Bytes)..]), others);
            }
        }
        _file.Cut(count / PageReceipts);
        return true;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _file.Cut(0);
        _traces.Clear();
        (_count, _end, LastDecision, _read) = (0, 0, -1, null);
    }

    /// <summary>Adds the scroll's next line.</summary>
    /// <param name="line">A receipt, without its newline.</param>
    public void Add(ReadOnlySpan<byte> line)
    {
        var (number, at) = (_count / PageReceipts, (int)(_count % PageReceipts) * ReceiptPlace.Bytes);
        if (at == 0)
            _last.AsSpan().Clear();
        var place = PlaceOf(line, _end);
        place.Write(_last.AsSpan(at));
        if (at == 0)
            _file.Add(_last);
        if (at == RecordsBytes - ReceiptPlace.Bytes)
            Tag(number);
        else if (at > 0)
            _file.Replace(number, _last);
        Note(place, null);
    }

    /// <summary>The receipts of traces that one journal record decided, as far as they are in it.</summary>
    public IEnumerable<long> OfDecision(long decision)
    {
        List<int> pages = [];
        lock (_lock)
        {
            for (var page = 0; page < _traces.Count; page++)
            {
                if (_traces[page].FirstDecision <= decision && decision <= _traces[page].LastDecision)
                    pages.Add(page);
            }
        }
        foreach (var page in pages)
        {
            for (var seq = (long)page * PageReceipts; seq < Math.Min(Count, (page + 1L) * PageReceipts); seq++)
            {
                if (this[seq].Decision == decision)
                    yield return seq;
            }
        }
    }

    /// <summary>How many receipts of traces in it are of each of some seconds, by their timestamps.</summary>
    /// <param name="seconds">Unix seconds, ascending, each once.</param>
    public int[] TracesOf(long[] seconds)
    {
        List<int> pages = [];
        lock (_lock)
        {
            for (var page = 0; page < _traces.Count; page++)
            {
                var next = Array.BinarySearch(seconds, _traces[page].FirstSecond);
                next = next < 0 ? ~next : next;
                if (next < seconds.Length && seconds[next] <= _traces[page].LastSecond)
                    pages.Add(page);
            }
        }
        var counts = new int[seconds.Length];
        foreach (var number in pages)
        {
            var page = PageOf(number).Bytes;
            for (var at = 0; at < RecordsBytes; at += ReceiptPlace.Bytes)
            {
                var place = ReceiptPlace.Read(page.AsSpan(at));
                if (place.Type == ReceiptTypes.TraceCompleteNumber && Array.BinarySearch(seconds, place.UnixSecond) is >= 0 and var second)
                    counts[second]++;
            }
        }
        return counts;
    }

    /// <summary>Writes what was added; not durable before <see cref="SyncDurably"/>.</summary>
    /// <exception cref="IOException">The disk refused; the next call writes it again.</exception>
    public void Write()
    {
        // Pages are tagged when they are full, the last one whenever it is written.
        if (_count % PageReceipts != 0)
            Tag(_count / PageReceipts);
        _file.Write();
    }

    /// <summary>Writes what was added; it is durable when this returns.</summary>
    /// <exception cref="IOException">As for <see cref="Write"/>.</exception>
    public void SyncDurably()
    {
        Write();
        _file.SyncDurably();
        // The last page is written over when it is added to.
        if (_count % PageReceipts != 0)
        {
            _file.Cut(_count / PageReceipts);
            _file.Add(_last);
        }
    }

    public void Dispose() => _file.Dispose();

    private void Note(in ReceiptPlace place, List<long>? others)
    {
        lock (_lock)
        {
            if (_count % PageReceipts == 0)
                _traces.Add(TracesOfPage.None);
            if (place.Type == ReceiptTypes.TraceCompleteNumber)
                _traces[^1] = _traces[^1].With(place);
        }
        if (place.Type != ReceiptTypes.TraceCompleteNumber)
            others?.Add(_count);
        LastDecision = Math.Max(LastDecision, place.Decision);
        _end = place.Offset + place.Length + 1;
        Volatile.Write(ref _count, _count + 1);
    }

    private Page PageOf(long number) => _read is { } page && page.Number == number ? page : ReadPage(number);

    private Page ReadPage(long number)
    {
        var page = new byte[PageBytes];
        // A page that goes on growing is in memory, and not kept.
        if ((number + 1) * PageReceipts > Count)
        {
            _file.Read(number, page);
            return new Page(number, page);
        }
        if (!TryRead(number, page))
            page = Mend(number);
        return _read = new Page(number, page);
    }

    // Whether it is there, and what was written.
    private bool TryRead(long number, byte[] page)
    {
        try
        {
            _file.Read(number, page);
        }
        catch (DamagedFileException)
        {
            return false;
        }
        return IsRight(number, page);
    }

    private byte[] Mend(long number)
    {
        var page = MakeAgain(number);
        BinaryPrimitives.WriteUInt128LittleEndian(page.AsSpan(RecordsBytes), TagOf(number, page, _key));
        try
        {
            _file.Mend(number, page);
        }
        catch (IOException)
        {
            // The page is right all the same; the next one who reads it makes it again.
        }
        return page;
    }

    /// <summary>Makes a page of the lines themselves, from the last page before it that is what was written.</summary>
    private byte[] MakeAgain(long number)
    {
        var page = new byte[PageBytes];
        var (from, offset) = (number, 0L);
        for (; from > 0; from--)
        {
            if (!TryRead(from - 1, page))
                continue;
            var last = ReceiptPlace.Read(page.AsSpan(RecordsBytes - ReceiptPlace.Bytes));
            offset = last.Offset + last.Length + 1;
            break;
        }
        var seq = from * PageReceipts;
        foreach (var line in _linesFrom(offset).Take((int)((number - from + 1) * PageReceipts)))
        {
            var at = (int)(seq++ % PageReceipts) * ReceiptPlace.Bytes;
            PlaceOf(line, offset).Write(page.AsSpan(at));
            offset += line.Length + 1;
        }
        return page;
    }

    private void Tag(long number)
    {
        BinaryPrimitives.WriteUInt128LittleEndian(_last.AsSpan(RecordsBytes), TagOf(number, _last, _key));
        _file.Replace(number, _last);
    }

    private bool IsRight(long number, ReadOnlySpan<byte> page) => IsRight(number, page, _key);

    private static bool IsRight(long number, ReadOnlySpan<byte> page, Blake3Mode key) => TagOf(number, page, key) == BinaryPrimitives.ReadUInt128LittleEndian(page[RecordsBytes..]);

    private static UInt128 TagOf(long number, ReadOnlySpan<byte> page, Blake3Mode key)
    {
        Span<byte> message = stackalloc byte[sizeof(long) + RecordsBytes];
        BinaryPrimitives.WriteInt64LittleEndian(message, number);
        page[..RecordsBytes].CopyTo(message[sizeof(long)..]);
        var tag = Blake3.Hash(message, key);
        return BinaryPrimitives.ReadUInt128LittleEndian(tag.Span);
    }

    private static ReceiptPlace PlaceOf(ReadOnlySpan<byte> line, long offset)
    {
        var (type, time, decision) = ("", long.MinValue, -1L);
        var reader = new Utf8JsonReader(line);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isType, isTime, isDecision) = (reader.ValueTextEquals("type"u8), reader.ValueTextEquals("timestamp"u8), reader.ValueTextEquals("decision"u8));
            reader.Read();
            if (isType)
                type = reader.GetString()!;
            else if (isTime && Rfc3339.TryParse(Encoding.ASCII.GetString(reader.ValueSpan), out var read))
                time = read;
            else if (isDecision && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var position))
                decision = position;
            reader.Skip();
        }
        var isTrace = type == ReceiptTypes.TraceComplete;
        return new ReceiptPlace(offset, time, isTrace ? decision : -1, ReceiptPlace.CheckOf(line), line.Length, ReceiptTypes.NumberOf(type));
    }

    /// <summary>A full page, of which nothing changes any more.</summary>
    private sealed record Page(long Number, byte[] Bytes);

    /// <summary>Within which bounds decisions and seconds of the traces of a page lie.</summary>
    private readonly record struct TracesOfPage(long FirstDecision, long LastDecision, long FirstSecond, long LastSecond)
    {
        public static readonly TracesOfPage None = new(long.MaxValue, long.MinValue, long.MaxValue, long.MinValue);

        public TracesOfPage With(in ReceiptPlace place) => new(
            Math.Min(FirstDecision, place.Decision), Math.Max(LastDecision, place.Decision), Math.Min(FirstSecond, place.UnixSecond), Math.Max(LastSecond, place.UnixSecond));
    }
}
