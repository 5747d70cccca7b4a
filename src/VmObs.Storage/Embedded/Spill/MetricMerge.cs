namespace VmObs.Storage.Embedded.Spill;

/// <summary>Walks over the series of several sections by key, each with all its samples in order of time.</summary>
/// <remarks>Not thread-safe. Samples of equal times stay in the order in which they arrived.</remarks>
internal sealed class MetricMerge(RunMerge runs)
{
    private readonly SampleColumns _samples = new();
    private byte[] _key = [];
    private int _keyLength;
    private bool _hasNext = runs.MoveNext();

    /// <summary>The series' canonical labels.</summary>
    public ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    /// <summary>What its samples mean, as the first sender said.</summary>
    public MetricDescription Description { get; private set; }

    /// <summary>Its samples.</summary>
    public SampleColumns Samples => _samples;

    /// <summary>Moves to the next series; false at the end.</summary>
    /// <exception cref="DamagedFileException">A section is not what was written.</exception>
    public bool MoveNext()
    {
        if (!_hasNext)
            return false;
        if (_key.Length < runs.Key.Length)
            _key = new byte[runs.Key.Length * 2];
        runs.Key.CopyTo(_key);
        _keyLength = runs.Key.Length;
        _samples.Clear();
        Description = MetricPayload.Read(runs.Payload, _samples);
        while ((_hasNext = runs.MoveNext()) && runs.Key.SequenceEqual(Key))
            MetricPayload.Read(runs.Payload, _samples);
        _samples.Sort();
        return true;
    }
}
