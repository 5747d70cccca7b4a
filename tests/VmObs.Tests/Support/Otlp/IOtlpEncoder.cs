namespace VmObs.Tests.Support.Otlp;

/// <summary>Writes the fields of OTLP messages in one of the two encodings.</summary>
public interface IOtlpEncoder
{
    void Scalar(int field, string name, OtlpScalar type, object value);

    /// <summary>A repeated field; numbers are packed.</summary>
    void Repeated<T>(int field, string name, OtlpScalar type, IReadOnlyList<T> values)
        where T : notnull;

    void Message(int field, string name, Action body);

    void Messages(int field, string name, IEnumerable<Action> bodies);
}

public enum OtlpScalar
{
    Text,
    Bytes,
    Id,
    Bool,
    Int64,
    UInt32,
    UInt64,

    /// <summary>Zigzag.</summary>
    SInt32,
    Enum,
    Fixed32,
    Fixed64,
    SFixed64,
    Double,
}
