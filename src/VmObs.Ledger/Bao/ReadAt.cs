namespace VmObs.Ledger.Bao;

/// <summary>Reads bytes from an offset; answers with how many, fewer only at the end.</summary>
public delegate int ReadAt(Span<byte> into, long offset);
