namespace VmObs.Ledger.Bao;

/// <summary>What a slice proves.</summary>
/// <param name="Fault"><see cref="BaoFault.None"/> where it verifies.</param>
/// <param name="Offset">Where in the slice the fault lies; its end where there is none.</param>
/// <param name="Content">The range's bytes, fewer only where the input ends; empty with a fault.</param>
/// <param name="InputLength">Bytes of the whole input, where the slice proves them: where it holds the last group.</param>
public readonly record struct BaoVerdict(BaoFault Fault, long Offset, ReadOnlyMemory<byte> Content, long? InputLength)
{
    /// <summary>What is wrong, and where: "slice, byte 72: found bytes that …, expected …".</summary>
    public override string ToString() => Fault switch
    {
        BaoFault.None => $"verified, {Content.Length} bytes",
        BaoFault.TooShort => $"slice, byte {Offset}: found its end, expected what else its range touches",
        BaoFault.TooLong => $"slice, byte {Offset}: found more bytes, expected its end",
        BaoFault.Length => $"slice, byte {Offset}: found a length of 2^63 bytes or more, expected the input's",
        BaoFault.Parent => $"slice, byte {Offset}: found a parent that the root does not commit to, expected the one of this input and range",
        _ => $"slice, byte {Offset}: found bytes that the root does not commit to, expected those of this input and range",
    };
}
