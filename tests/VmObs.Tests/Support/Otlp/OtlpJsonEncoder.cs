using System.Text.Json;

namespace VmObs.Tests.Support.Otlp;

/// <summary>OTLP/JSON; 64-bit integers as strings, or as numbers on request.</summary>
public sealed class OtlpJsonEncoder : IOtlpEncoder
{
    private readonly MemoryStream _out = new();
    private readonly Utf8JsonWriter _json;
    private readonly bool _integersAsNumbers;

    public OtlpJsonEncoder(bool integersAsNumbers = false)
    {
        _integersAsNumbers = integersAsNumbers;
        _json = new Utf8JsonWriter(_out, new JsonWriterOptions { MaxDepth = 500 });
        _json.WriteStartObject();
    }

    public byte[] ToArray()
    {
        _json.WriteEndObject();
        _json.Flush();
        return _out.ToArray();
    }

    public void Scalar(int field, string name, OtlpScalar type, object value)
    {
        _json.WritePropertyName(name);
        Value(type, value);
    }

    public void Repeated<T>(int field, string name, OtlpScalar type, IReadOnlyList<T> values)
        where T : notnull
    {
        _json.WriteStartArray(name);
        foreach (var value in values)
            Value(type, value);
        _json.WriteEndArray();
    }

    public void Message(int field, string name, Action body)
    {
        _json.WritePropertyName(name);
        Object(body);
    }

    public void Messages(int field, string name, IEnumerable<Action> bodies)
    {
        _json.WriteStartArray(name);
        foreach (var body in bodies)
            Object(body);
        _json.WriteEndArray();
    }

    private void Object(Action body)
    {
        _json.WriteStartObject();
        body();
        _json.WriteEndObject();
    }

    private void Value(OtlpScalar type, object value)
    {
        switch (type)
        {
            case OtlpScalar.Text: _json.WriteStringValue((string)value); break;
            case OtlpScalar.Bytes: _json.WriteBase64StringValue((byte[])value); break;
            case OtlpScalar.Id: _json.WriteStringValue(Convert.ToHexString((byte[])value)); break;
            case OtlpScalar.Bool: _json.WriteBooleanValue((bool)value); break;
            case OtlpScalar.Double: Double((double)value); break;
            case OtlpScalar.Int64 or OtlpScalar.UInt64 or OtlpScalar.Fixed64 or OtlpScalar.SFixed64: Integer(value); break;
            default: _json.WriteNumberValue(Convert.ToInt64(value)); break;
        }
    }

    private void Double(double value)
    {
        if (double.IsFinite(value))
            _json.WriteNumberValue(value);
        else
            _json.WriteStringValue(double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    }

    private void Integer(object value)
    {
        var text = Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!;
        if (_integersAsNumbers)
            _json.WriteRawValue(text);
        else
            _json.WriteStringValue(text);
    }
}
