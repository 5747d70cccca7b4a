using System.Text;
using VmObs.Signals;
using VmObs.Signals.Wire;
using VmObs.Signals.Wire.Otlp;

namespace VmObs.Tests.Signals.Wire.Otlp;

/// <summary>The label names that Prometheus gives, case by case.</summary>
public sealed class LabelNamerTests
{
    [Theory]
    [InlineData("http_method", "http_method", true)]
    [InlineData("LabelWithCapitals2", "LabelWithCapitals2", true)]
    [InlineData("ends_", "ends_", true)]
    [InlineData("http.method", "http_method", false)]
    [InlineData("label:with:colons", "label_with_colons", false)]
    [InlineData("label!with&special$chars)", "label_with_special_chars_", false)]
    [InlineData("foreign_字符", "foreign_", false)]
    [InlineData(".foo", "_foo", false)]
    [InlineData("_foo", "_foo", false)]
    [InlineData("__foo", "_foo", false)]
    [InlineData("a__b&&c##d", "a_b_c_d", false)]
    [InlineData("123label", "key_123label", false)]
    [InlineData("__reserved__label__name__", "__reserved_label_name__", false)]
    [InlineData("trailing___", "trailing_", false)]
    [InlineData("ようこそ", "", false)]
    [InlineData("____", "", false)]
    [InlineData("__", "", false)]
    [InlineData("", "", false)]
    public void Names_with_underscores(string key, string expected, bool stays)
    {
        var namer = new LabelNamer(OtlpTranslation.UnderscoreEscapingWithoutSuffixes);
        Assert.Equal(stays, namer.IsName(Encoding.UTF8.GetBytes(key)));
        Assert.Equal(expected, Write(namer, key));
    }

    [Theory]
    [InlineData(OtlpTranslation.NoUTF8EscapingWithSuffixes)]
    [InlineData(OtlpTranslation.NoTranslation)]
    [InlineData(OtlpTranslation.AsSent)]
    public void Names_as_they_came(OtlpTranslation translation)
    {
        var namer = new LabelNamer(translation);
        Assert.True(namer.IsName("a.字"u8));
        Assert.Equal("a.字", Write(namer, "a.字"));
    }

    private static string Write(LabelNamer namer, string key)
    {
        using var name = new PooledBuffer();
        namer.Write(Encoding.UTF8.GetBytes(key), name);
        return Encoding.UTF8.GetString(name.WrittenSpan);
    }
}
