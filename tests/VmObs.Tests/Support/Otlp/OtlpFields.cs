namespace VmObs.Tests.Support.Otlp;

/// <summary>Writes what many OTLP messages have: attributes, and fields that are left out where they are empty.</summary>
public sealed class OtlpFields(IOtlpEncoder encoder)
{
    public void Attributes(int field, IReadOnlyList<OtlpAttribute> attributes, string name = "attributes")
    {
        if (attributes.Count == 0)
            return;
        encoder.Messages(field, name, attributes.Select(attribute => (Action)(() =>
        {
            Text(1, "key", attribute.Key);
            if (attribute.Value is not null)
                encoder.Message(2, "value", () => AnyValue(attribute.Value));
        })));
    }

    public void AnyValue(object? value)
    {
        switch (value)
        {
            case null: break;
            case string text: encoder.Scalar(1, "stringValue", OtlpScalar.Text, text); break;
            case bool flag: encoder.Scalar(2, "boolValue", OtlpScalar.Bool, flag); break;
            case long number: encoder.Scalar(3, "intValue", OtlpScalar.Int64, number); break;
            case double number: encoder.Scalar(4, "doubleValue", OtlpScalar.Double, number); break;
            case OtlpArray array:
                encoder.Message(5, "arrayValue", () => encoder.Messages(1, "values", array.Values.Select(item => (Action)(() => AnyValue(item)))));
                break;
            case OtlpMap map: encoder.Message(6, "kvlistValue", () => Attributes(1, map.Values, "values")); break;
            case byte[] bytes: encoder.Scalar(7, "bytesValue", OtlpScalar.Bytes, bytes); break;
            default: throw new ArgumentException($"no OTLP value: {value.GetType()}", nameof(value));
        }
    }

    public void Text(int field, string name, string value)
    {
        if (value.Length > 0)
            encoder.Scalar(field, name, OtlpScalar.Text, value);
    }

    public void Id(int field, string name, byte[] value)
    {
        if (value.Length > 0)
            encoder.Scalar(field, name, OtlpScalar.Id, value);
    }

    public void Number<T>(int field, string name, OtlpScalar type, T value)
        where T : struct
    {
        if (!value.Equals(default(T)))
            encoder.Scalar(field, name, type, value);
    }
}
