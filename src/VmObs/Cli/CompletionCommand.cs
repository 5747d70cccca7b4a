using System.CommandLine;
using VmObs.Cli.Output;

namespace VmObs.Cli;

/// <summary>vm-obs completion SHELL: a script that completes commands, options and their values.</summary>
/// <remarks>The scripts ask the program itself, by System.CommandLine's directive [suggest:POSITION], so that they never fall behind it.</remarks>
internal sealed class CompletionCommand(Terminal terminal)
{
    private const string Bash =
        """
        _vm_obs() {
          local IFS=$'\n' line="${COMP_LINE:0:COMP_POINT}"
          local words="${line#* }"
          COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:${#words}]" "$words" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _vm_obs vm-obs ./vm-obs
        """;

    private const string Zsh =
        """
        #compdef vm-obs
        _vm_obs() {
          local line="${BUFFER[1,CURSOR]}"
          local words_typed="${line#* }"
          local -a found
          found=("${(@f)$("${words[1]}" "[suggest:${#words_typed}]" "$words_typed" 2>/dev/null)}")
          compadd -a found || _files
        }
        compdef _vm_obs vm-obs
        """;

    private const string Fish =
        """
        function __vm_obs
          set -l line (commandline -cp | string replace -r '^\S+\s' '')
          set -l program (commandline -po)[1]
          eval $program "'[suggest:"(string length -- $line)"]'" (string escape -- $line) 2>/dev/null
        end
        complete -c vm-obs -a '(__vm_obs)'
        """;

    private const string Pwsh =
        """
        Register-ArgumentCompleter -Native -CommandName vm-obs -ScriptBlock {
          param($word, $ast, $position)
          $program = $ast.CommandElements[0].Extent.Text
          $line = $ast.Extent.Text.PadRight($position)
          $line = $line.Substring([Math]::Min($line.Length, $program.Length + 1))
          & $program "[suggest:$($line.Length)]" $line 2>$null |
            Where-Object { $_ -like "$word*" } |
            ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }
        """;

    private readonly Argument<string> _shell = new("SHELL") { Description = "bash, zsh, fish or pwsh (powershell)." };

    public Command Create()
    {
        _shell.AcceptOnlyFromAmong("bash", "zsh", "fish", "pwsh", "powershell");
        var completion = new DocumentedCommand(
            "completion", "Prints a script that completes commands, options and values in a shell.",
            "source <(vm-obs completion bash)", "vm-obs completion zsh > ~/.zfunc/_vm-obs", "vm-obs completion fish > ~/.config/fish/completions/vm-obs.fish",
            "vm-obs completion pwsh | Out-String | Invoke-Expression")
        {
            _shell,
        };
        completion.SetAction(async (parsed, _) =>
        {
            await terminal.Out.WriteLineAsync(parsed.GetValue(_shell) switch { "bash" => Bash, "zsh" => Zsh, "fish" => Fish, _ => Pwsh });
            return ExitCodes.Ok;
        });
        return completion;
    }
}
