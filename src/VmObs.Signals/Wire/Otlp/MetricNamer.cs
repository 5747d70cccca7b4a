using System.Runtime.InteropServices;
using System.Text;
using VmObs.Signals.Texts;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>The names of metrics' series, translated once and remembered.</summary>
/// <remarks>Not thread-safe. Bounded by <see cref="MaxCachedBytes"/>: what is over it is forgotten all at once.</remarks>
internal sealed class MetricNamer : IDisposable
{
    private const int MaxCachedBytes = 512 * 1024;

    private readonly OtlpTranslation _translation;
    private readonly Dictionary<byte[], byte[]> _names = new(BytesComparer.Instance);
    private readonly Dictionary<byte[], byte[]>.AlternateLookup<ReadOnlySpan<byte>> _find;
    private readonly PooledBuffer _key = new(256);
    private int _cachedBytes;

    public MetricNamer(OtlpTranslation translation)
    {
        _translation = translation;
        _find = _names.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>The name of a metric's series.</summary>
    /// <param name="name">The metric's name.</param>
    /// <param name="unit">Its unit, UCUM.</param>
    /// <param name="suffix">What its type adds.</param>
    /// <returns>Valid for the request being read; empty when nothing of the name is left.</returns>
    public ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> name, ReadOnlySpan<byte> unit, MetricNameSuffix suffix)
    {
        if (_translation is OtlpTranslation.AsSent or OtlpTranslation.NoTranslation)
            return name;
        _key.Clear();
        _key.WriteByte((byte)suffix);
        MemoryMarshal.Write(_key.GetSpan(sizeof(int)), unit.Length);
        _key.Advance(sizeof(int));
        _key.Write(unit);
        _key.Write(name);
        return _find.TryGetValue(_key.WrittenSpan, out var known) ? known : Translate(name, unit, suffix);
    }

    public void Dispose() => _key.Dispose();

    private byte[] Translate(ReadOnlySpan<byte> name, ReadOnlySpan<byte> unit, MetricNameSuffix suffix)
    {
        var text = MetricNameText.Translate(Encoding.UTF8.GetString(name), Encoding.UTF8.GetString(unit), suffix, _translation);
        var translated = Encoding.UTF8.GetBytes(text);
        _cachedBytes += _key.Length + translated.Length;
        if (_cachedBytes > MaxCachedBytes)
        {
            _names.Clear();
            _cachedBytes = _key.Length + translated.Length;
        }
        _names[_key.WrittenSpan.ToArray()] = translated;
        return translated;
    }
}
