namespace VmObs.Import;

/// <summary>One request of an import.</summary>
/// <param name="Path">Where the engine takes it: "/obs/ingest/logs".</param>
/// <param name="ContentType">What its body is.</param>
/// <param name="Body">The body; valid until the next batch is read.</param>
/// <param name="FirstLine">Line of the file with which it begins, from 1.</param>
internal readonly record struct ImportBatch(string Path, string ContentType, ReadOnlyMemory<byte> Body, long FirstLine);
