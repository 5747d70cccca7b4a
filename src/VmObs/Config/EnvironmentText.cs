using System.Text;

namespace VmObs.Config;

/// <summary>Puts environment variables into a configured value: ${NAME}, ${NAME:-default}; $$ is a dollar sign.</summary>
/// <remarks>Values are substituted after the file is parsed, so that a variable cannot change the file's structure.</remarks>
internal static class EnvironmentText
{
    public static bool TrySubstitute(string text, Func<string, string?> environment, out string result, out string got, out string wanted)
    {
        (result, got, wanted) = (text, "", "");
        if (!text.Contains('$', StringComparison.Ordinal))
            return true;
        var built = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '$' || i + 1 == text.Length || text[i + 1] is not ('$' or '{'))
            {
                built.Append(text[i]);
                continue;
            }
            if (text[++i] == '$')
            {
                built.Append('$');
                continue;
            }
            var end = text.IndexOf('}', i);
            if (end < 0)
            {
                (got, wanted) = ($"\"{text}\"", "a \"}\" after \"${\"");
                return false;
            }
            if (Value(text[(i + 1)..end], environment) is not { } value)
            {
                // The variable's name only: its neighbours may be secrets.
                (got, wanted) = ($"${{{text[(i + 1)..end]}}}, which is not set", "a set environment variable, or a default: ${NAME:-default}");
                return false;
            }
            built.Append(value);
            i = end;
        }
        result = built.ToString();
        return true;
    }

    private static string? Value(string reference, Func<string, string?> environment)
    {
        var dash = reference.IndexOf(":-", StringComparison.Ordinal);
        var value = environment(dash < 0 ? reference : reference[..dash]);
        return dash >= 0 && string.IsNullOrEmpty(value) ? reference[(dash + 2)..] : value;
    }
}
