using System.CommandLine;

namespace Remote.LoadTest;

/// <summary>The command line: which rows to measure and where they go.</summary>
internal sealed class CommandLine
{
    private const string All = "all";
    private const int EnoughRuns = 5;

    private static readonly string[] Names = [.. Enum.GetValues<Scenario>().Select(Scenarios.Name), CutsCommand.Name, SlowCommand.Name, ResumeCost.Name, TelemetryCost.Name];

    private readonly Option<string> _scenario = new("--scenario")
    {
        Description = "What to measure: " + string.Join(", ", Names) + ", or " + All + " (of those that have --payload).",
        Required = true,
        HelpName = "NAME",
    };

    private readonly Option<int?> _payload = new("--payload")
    {
        Description = "Bytes of payload per message, 0 to 1,000,000; default: those of the scenario.",
        HelpName = "N",
    };

    private readonly Option<int> _runs = new("--runs")
    {
        Description = $"Counted runs of each subject; below {EnoughRuns} the medians are for orientation only.",
        DefaultValueFactory = _ => EnoughRuns,
        HelpName = "N",
    };

    private readonly Option<string?> _json = new("--json") { Description = "Write the rows to a file.", HelpName = "FILE" };

    private readonly Option<string?> _markdown = new("--markdown")
    {
        Description = "Write the table and the description of the machine to a file.",
        HelpName = "FILE",
    };

    private readonly Option<int?> _messages = new("--messages") { Description = "Messages of cuts and slow-receiver.", HelpName = "N" };

    private readonly CutsCommand _cuts;
    private readonly SlowCommand _slow;
    private readonly TextWriter _output;
    private readonly TextWriter _errors;
    private readonly RootCommand _root = new("Measures messages between two processes, against a bare socket and a bare gRPC stream.");

    public CommandLine(TextWriter output, TextWriter errors)
    {
        _output = output;
        _errors = errors;
        _cuts = new CutsCommand(_messages, output, errors);
        _slow = new SlowCommand(_messages, output, errors);
        _scenario.AcceptOnlyFromAmong([.. Names, All]);
        _root.Add(_scenario);
        _root.Add(_payload);
        _root.Add(_runs);
        _root.Add(_json);
        _root.Add(_markdown);
        _root.Add(_messages);
        _cuts.AddOptions(_root);
        _slow.AddOptions(_root);
        _root.SetAction(MeasureAsync);
        _root.Add(RoleCommand());
        _root.Add(PartCommand());
    }

    public async Task<int> InvokeAsync(IReadOnlyList<string> arguments)
    {
        var result = _root.Parse(arguments);
        return result.Errors.Count == 0 ? await result.InvokeAsync() : Refuse(result.Errors.Select(error => error.Message));
    }

    private static Command RoleCommand()
    {
        var role = new Argument<string>("role");
        var subject = new Argument<Subject>("subject");
        var plan = new Argument<string>("plan");
        var address = new Argument<string?>("address") { Arity = ArgumentArity.ZeroOrOne };
        var command = new Command(Role.Command, "Be one of the two processes.") { role, subject, plan, address };
        command.Hidden = true;
        command.SetAction((result, _) => Role.RunAsync(
            result.GetRequiredValue(role), result.GetValue(subject), RunPlan.FromJson(result.GetRequiredValue(plan)), result.GetValue(address)));
        return command;
    }

    private static Command PartCommand()
    {
        var part = new Argument<string>("part");
        var plan = new Argument<string>("plan");
        var command = new Command(Role.PartCommand, "Be a process of a scenario that has its own.") { part, plan };
        command.Hidden = true;
        command.SetAction((result, _) => Role.RunPartAsync(result.GetRequiredValue(part), result.GetRequiredValue(plan)));
        return command;
    }

    private async Task<int> MeasureAsync(ParseResult result, CancellationToken cancellation)
    {
        var runs = result.GetValue(_runs);
        var payload = result.GetValue(_payload);
        var scenario = result.GetRequiredValue(_scenario);
        var faults = Faults(runs, payload, result.GetValue(_json), result.GetValue(_markdown)).ToList();
        if (scenario == CutsCommand.Name)
        {
            faults.AddRange(_cuts.Faults(result));
        }
        else if (scenario == SlowCommand.Name)
        {
            faults.AddRange(_slow.Faults(result));
        }

        if (faults.Count > 0)
        {
            return Refuse(faults);
        }

        try
        {
            if (scenario == CutsCommand.Name)
            {
                return await _cuts.RunAsync(result, result.GetValue(_json), cancellation);
            }

            if (scenario == SlowCommand.Name)
            {
                return await _slow.RunAsync(result, result.GetValue(_json), cancellation);
            }

            if (scenario == ResumeCost.Name)
            {
                await RowOutput.WriteAsync(await new ResumeCost(payload ?? 0, runs, _errors).MeasureAsync(cancellation), _output, result.GetValue(_json));
                return 0;
            }

            if (scenario == TelemetryCost.Name)
            {
                foreach (var row in await new TelemetryCost(payload ?? 0, runs, _errors).MeasureAsync(cancellation))
                {
                    await RowOutput.WriteAsync(row, _output, null);
                }

                return 0;
            }

            var rows = await MeasureAsync(scenario, payload, runs, cancellation);
            await WriteAsync(rows, runs, result.GetValue(_json), result.GetValue(_markdown));
            return 0;
        }
        catch (LoadTestException exception)
        {
            await _errors.WriteLineAsync(exception.Message);
            return 1;
        }
    }

    private async Task<List<ResultRow>> MeasureAsync(string name, int? payload, int runs, CancellationToken cancellation)
    {
        List<ResultRow> rows = [];
        foreach (var scenario in Enum.GetValues<Scenario>().Where(scenario => name == All || name == Scenarios.Name(scenario)))
        {
            foreach (var bytes in payload is { } one ? [one] : Scenarios.DefaultPayloads(scenario))
            {
                rows.Add(await MeasureAsync(Scenarios.Plan(scenario, bytes), runs, cancellation));
            }
        }

        return rows;
    }

    private Task<ResultRow> MeasureAsync(RunPlan plan, int runs, CancellationToken cancellation) =>
        new RowMeasurement(plan, runs, RowMeasurement.EnoughWarmUpRuns, _errors).MeasureAsync(cancellation);

    private async Task WriteAsync(List<ResultRow> rows, int runs, string? json, string? markdown)
    {
        await _output.WriteLineAsync(string.Join(", ", Machine.Describe().Select(fact => $"{fact.Name}: {fact.Value}")));
        if (runs < EnoughRuns)
        {
            await _output.WriteLineAsync($"Only {runs} runs: for orientation.");
        }

        await _output.WriteLineAsync();
        await _output.WriteLineAsync(ResultTable.Text(rows));
        if (json is not null)
        {
            await File.WriteAllTextAsync(json, ResultRow.ToJson(rows) + "\n");
        }

        if (markdown is not null)
        {
            await File.WriteAllTextAsync(markdown, ResultTable.Markdown(rows, runs));
        }
    }

    private int Refuse(IEnumerable<string> faults)
    {
        foreach (var fault in faults)
        {
            _errors.WriteLine(fault);
        }

        _errors.WriteLine("--help shows the options.");
        return 2;
    }

    private static IEnumerable<string> Faults(int runs, int? payload, params string?[] files)
    {
        if (runs is < 1 or > 1000)
        {
            yield return $"--runs must be between 1 and 1000, not {runs}.";
        }

        if (payload is < 0 or > 1_000_000)
        {
            yield return $"--payload must be between 0 and 1,000,000, not {payload}.";
        }

        // Said before the work, not after it.
        foreach (var file in files.OfType<string>())
        {
            if (file.Length == 0 || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file))))
            {
                yield return $"'{file}' cannot be written: its folder does not exist.";
            }
        }
    }
}
