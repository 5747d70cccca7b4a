using VmObs.Config;
using VmObs.Scrape.Relabeling;

namespace VmObs.Tests.Scrape;

/// <summary>Prometheus's documented behaviour of each action.</summary>
public sealed class RelabelerTests
{
    private const string Labels = "a=foo,b=bar,c=baz,__meta_x=one";

    [Theory]
    [InlineData("{source_labels: [a], regex: 'f(.*)', target_label: d, replacement: 'ch${1}-ch${1}'}", "a=foo,b=bar,c=baz,d=choo-choo")]
    [InlineData("{source_labels: [a, b], regex: 'f(.*);(.*)r', target_label: a, replacement: 'b${1}${2}m'}", "a=boobam,b=bar,c=baz")]
    [InlineData("{source_labels: [a], regex: 'no', target_label: a, replacement: x}", "a=foo,b=bar,c=baz")]
    [InlineData("{source_labels: [a], target_label: d}", "a=foo,b=bar,c=baz,d=foo")]
    [InlineData("{source_labels: [missing], target_label: a}", "b=bar,c=baz")]
    [InlineData("{target_label: d, replacement: const}", "a=foo,b=bar,c=baz,d=const")]
    [InlineData("{source_labels: [a, b], separator: '-', target_label: d}", "a=foo,b=bar,c=baz,d=foo-bar")]
    [InlineData("{source_labels: [a], regex: '(?P<n>f).*', target_label: 'd_${n}', replacement: '$n'}", "a=foo,b=bar,c=baz,d_f=f")]
    [InlineData("{source_labels: [a], regex: 'f(.*)', target_label: d, replacement: 'x$2y${3}$1_y${1}'}", "a=foo,b=bar,c=baz,d=xoo")]
    [InlineData("{source_labels: [a], regex: 'f(.*)', target_label: d, replacement: '$& $$1 ${ $'}", "a=foo,b=bar,c=baz,d=$& $1 ${ $")]
    [InlineData("{source_labels: [a, b], regex: '[[:alpha:]]+;\\w+$', target_label: d, replacement: x}", "a=foo,b=bar,c=baz,d=x")]
    [InlineData("{source_labels: [a], regex: '(?i)F(O)+', target_label: d, replacement: '$1'}", "a=foo,b=bar,c=baz,d=o")]
    [InlineData("{source_labels: [a], regex: 'fo', action: keep}", null)]
    [InlineData("{source_labels: [a], regex: 'f.*', action: keep}", "a=foo,b=bar,c=baz")]
    [InlineData("{source_labels: [a], regex: 'f.*', action: drop}", null)]
    [InlineData("{source_labels: [a], target_label: b, action: keepequal}", null)]
    [InlineData("{source_labels: [a], target_label: b, action: dropequal}", "a=foo,b=bar,c=baz")]
    [InlineData("{source_labels: [c], target_label: d, action: hashmod, modulus: 1000}", "a=foo,b=bar,c=baz,d=976")]
    [InlineData("{regex: '__meta_(.*)', action: labelmap}", "a=foo,b=bar,c=baz,x=one")]
    [InlineData("{regex: '(b|c)', action: labeldrop}", "a=foo")]
    [InlineData("{regex: '(b|c)', action: labelkeep}", "b=bar,c=baz")]
    [InlineData("{source_labels: [a], target_label: a, action: uppercase}", "a=FOO,b=bar,c=baz")]
    [InlineData("{source_labels: [a], target_label: a, regex: x, action: lowercase}", "a=foo,b=bar,c=baz")]
    public void Rule_does_what_Prometheus_does(string rule, string? expected)
    {
        var (config, errors) = new ConfigReader("f.yaml", static _ => null).Read(new StringReader($"scrape_configs: [{{job_name: j, relabel_configs: [{rule}]}}]"));
        Assert.Empty(errors);
        var labels = Labels.Split(',').Select(static pair => pair.Split('=')).ToDictionary(static pair => pair[0], static pair => pair[1]);
        var isKept = Relabeler.Apply(Assert.Single(config.ScrapeJobs).Relabel, labels);
        Assert.Equal(expected, isKept ? string.Join(',', labels.Where(static label => !label.Key.StartsWith("__", StringComparison.Ordinal)).OrderBy(static label => label.Key, StringComparer.Ordinal).Select(static label => $"{label.Key}={label.Value}")) : null);
    }

    [Theory]
    [InlineData("{action: replaced}", "scrape_configs[0].relabel_configs[0].action: got \"replaced\", want replace, keep")]
    [InlineData("{target_label: a, regex: '('}", "relabel_configs[0].regex: got \"(\", want a regular expression of RE2's syntax")]
    [InlineData("{action: hashmod, target_label: a}", "relabel_configs[0].modulus: got nothing, want a number from 1 on")]
    [InlineData("{action: replace}", "relabel_configs[0].target_label: got nothing, want a label's name")]
    [InlineData("{action: keep, sourcelabels: [a]}", "got an unknown key, want one of")]
    public void Rule_that_is_none_says_what_is_wrong(string rule, string expected)
    {
        var (_, errors) = new ConfigReader("f.yaml", static _ => null).Read(new StringReader($"scrape_configs: [{{job_name: j, relabel_configs: [{rule}]}}]"));
        Assert.Contains(expected, string.Join('\n', errors), StringComparison.Ordinal);
    }
}
