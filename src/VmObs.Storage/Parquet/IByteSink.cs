namespace VmObs.Storage.Parquet;

/// <summary>Where a file's bytes go, in order.</summary>
internal interface IByteSink
{
    /// <summary>Bytes taken so far.</summary>
    long Length { get; }

    /// <summary>Takes the next bytes.</summary>
    void Write(ReadOnlySpan<byte> bytes);
}
