namespace VmObs.Signals.Wire.Otlp;

/// <summary>Translates one metric's name, as Prometheus does.</summary>
/// <remarks>https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#otlp-metric-points-to-prometheus</remarks>
internal static class MetricNameText
{
    /// <summary>The name of the metric's series, without what histograms and summaries put behind it; empty when nothing is left.</summary>
    public static string Translate(string name, string unit, MetricNameSuffix suffix, OtlpTranslation translation)
    {
        var translated = translation switch
        {
            OtlpTranslation.UnderscoreEscapingWithSuffixes => EscapeWithSuffixes(name, unit, suffix),
            OtlpTranslation.UnderscoreEscapingWithoutSuffixes => Guard(Escape(name, keepUnderscores: true)),
            OtlpTranslation.NoUTF8EscapingWithSuffixes => AppendSuffixes(name, unit, suffix),
            _ => name,
        };
        // A name of underscores only says nothing, unless it came so.
        return translated == name || translated.AsSpan().ContainsAnyExcept('_') ? translated : "";
    }

    private static string EscapeWithSuffixes(string name, string unit, MetricNameSuffix suffix)
    {
        var words = Escape(name, keepUnderscores: false).Split('_', StringSplitOptions.RemoveEmptyEntries).ToList();
        var (main, per) = UnitNames.Of(unit);
        main = EscapeUnit(main);
        per = EscapeUnit(per).TrimEnd('_');
        if (main.Length > 0 && !words.Contains(main))
            words.Add(per.Length > "per".Length ? main.TrimEnd('_') : main);
        if (per.Length > "per".Length)
            words.Add(per);
        if (Word(suffix, unit) is { } word)
        {
            words.RemoveAll(existing => existing == word);
            words.Add(word);
        }
        return Guard(string.Join('_', words));
    }

    /// <summary>Takes the words that the name ends with already away and appends all in order: unit, per unit, type.</summary>
    private static string AppendSuffixes(string name, string unit, MetricNameSuffix suffix)
    {
        var (main, per) = UnitNames.Of(unit);
        var word = Word(suffix, unit) ?? "";
        name = Cut(Cut(name, word), per);
        if (main.Length > 0 && !name.EndsWith(main, StringComparison.Ordinal))
            name += "_" + main;
        if (per.Length > 0)
            name += "_" + per;
        return word.Length > 0 ? name + "_" + word : name;
    }

    private static string? Word(MetricNameSuffix suffix, string unit) => suffix switch
    {
        MetricNameSuffix.Total => "total",
        MetricNameSuffix.Ratio when unit == "1" => "ratio",
        _ => null,
    };

    /// <summary>Cuts a last word and the character before it, whatever that is.</summary>
    private static string Cut(string name, string word) =>
        word.Length > 0 && name.Length > word.Length + 1 && name.EndsWith(word, StringComparison.Ordinal) ? name[..^(word.Length + 1)] : name;

    /// <summary>Joins what stands between characters that a name has not by one underscore.</summary>
    private static string Escape(string name, bool keepUnderscores)
    {
        var text = new System.Text.StringBuilder(name.Length);
        var gap = false;
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != ':' && (c != '_' || !keepUnderscores))
            {
                gap = text.Length > 0;
                continue;
            }
            if (gap)
                text.Append('_');
            gap = false;
            text.Append(c);
        }
        return text.ToString();
    }

    /// <summary>A unit's word as part of a name; underscores within it stay single, one at its end stays.</summary>
    private static string EscapeUnit(string word)
    {
        var escaped = Escape(word, keepUnderscores: false);
        return escaped.Length > 0 && !char.IsAsciiLetterOrDigit(word[^1]) && word[^1] != ':' ? escaped + "_" : escaped;
    }

    /// <summary>A name does not begin with a digit.</summary>
    private static string Guard(string name) => name.Length > 0 && char.IsAsciiDigit(name[0]) ? "_" + name : name;
}
