using System.CommandLine;

namespace Remote.LoadTest;

/// <summary>The command line of <c>cuts</c>.</summary>
/// <param name="messages">The option that it shares with other scenarios.</param>
/// <param name="output">For the row.</param>
/// <param name="errors">For what is wrong.</param>
internal sealed class CutsCommand(Option<int?> messages, TextWriter output, TextWriter errors)
{
    public const string Name = "cuts";

    private const int DefaultMessages = 10_000_000;

    private readonly Option<int> _cuts = new("--cuts")
    {
        Description = "How often cuts cuts the connection.",
        DefaultValueFactory = _ => 1000,
        HelpName = "N",
    };

    private readonly Option<int> _pairs = new("--pairs")
    {
        Description = "Pairs of a sending and a receiving actor in cuts.",
        DefaultValueFactory = _ => 64,
        HelpName = "N",
    };

    private readonly Option<ulong?> _seed = new("--seed")
    {
        Description = "Where cuts cuts; default: drawn, and printed.",
        HelpName = "N",
    };

    public void AddOptions(Command command)
    {
        command.Add(_cuts);
        command.Add(_pairs);
        command.Add(_seed);
    }

    public IEnumerable<string> Faults(ParseResult result)
    {
        var count = result.GetValue(messages) ?? DefaultMessages;
        if (count < CutsPlan.MinMessagesPerCut)
        {
            yield return $"--messages must be at least {CutsPlan.MinMessagesPerCut}, not {count}.";
        }

        var cuts = result.GetValue(_cuts);
        if (cuts < 1 || cuts > Math.Max(1, count / CutsPlan.MinMessagesPerCut))
        {
            yield return $"--cuts must be between 1 and one in {CutsPlan.MinMessagesPerCut} messages, not {cuts}: there must be progress between two cuts.";
        }

        if (result.GetValue(_pairs) is < 1 or > 1000)
        {
            yield return $"--pairs must be between 1 and 1000, not {result.GetValue(_pairs)}.";
        }
    }

    public async Task<int> RunAsync(ParseResult result, string? json, CancellationToken cancellation)
    {
        var plan = new CutsPlan(
            result.GetValue(messages) ?? DefaultMessages,
            result.GetValue(_cuts),
            result.GetValue(_pairs),
            result.GetValue(_seed) ?? (ulong)Random.Shared.NextInt64());
        await errors.WriteLineAsync($"{Name}: seed {plan.Seed}");
        var row = await new CutsRun(plan, errors).RunAsync(cancellation);
        await RowOutput.WriteAsync(row, output, json);
        return await RowOutput.JudgeAsync(row.Faults(plan), $"{Name}, seed {plan.Seed}", errors);
    }
}
