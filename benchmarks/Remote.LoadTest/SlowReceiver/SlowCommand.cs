using System.CommandLine;

namespace Remote.LoadTest;

/// <summary>The command line of <c>slow-receiver</c>.</summary>
/// <param name="messages">The option that it shares with other scenarios.</param>
/// <param name="output">For the row.</param>
/// <param name="errors">For what is wrong.</param>
internal sealed class SlowCommand(Option<int?> messages, TextWriter output, TextWriter errors)
{
    public const string Name = "slow-receiver";

    private const int DefaultMessages = 200_000;

    private readonly Option<bool> _send = new("--send") { Description = "The producer of slow-receiver does not wait." };
    private readonly Option<bool> _sendAsync = new("--send-async") { Description = "The producer of slow-receiver waits for room; the default." };
    private readonly Option<int> _capacity = Number("--capacity", "The sender's queue in slow-receiver.", 10_000);
    private readonly Option<int> _credit = Number("--credit", "Messages that may wait at the receiver in slow-receiver.", 10_000);
    private readonly Option<int> _work = Number("--work", "What the actor of slow-receiver takes for a message, in microseconds.", 1000);
    private readonly Option<int> _rounds = Number("--rounds", "Interleaved rounds in which slow-receiver measures neighbours; 0 leaves it out.", 5);
    private readonly Option<int> _window = Number("--window", "How long slow-receiver takes each of their rates, in milliseconds.", 1000);
    private readonly Option<string?> _results = new("--results")
    {
        Description = "A folder for slow-receiver.csv and .svg.",
        HelpName = "FOLDER",
    };

    public void AddOptions(Command command)
    {
        foreach (var option in new Option[] { _send, _sendAsync, _capacity, _credit, _work, _rounds, _window, _results })
        {
            command.Add(option);
        }
    }

    public IEnumerable<string> Faults(ParseResult result)
    {
        if (result.GetValue(_send) && result.GetValue(_sendAsync))
        {
            yield return "--send and --send-async exclude each other.";
        }

        (Option<int> Option, int Least)[] numbers = [(_capacity, 1), (_credit, 1), (_work, 1), (_rounds, 0), (_window, 1)];
        foreach (var (option, least) in numbers.Where(number => result.GetValue(number.Option) < number.Least || result.GetValue(number.Option) > 10_000_000))
        {
            yield return $"{option.Name} must be between {least} and 10,000,000, not {result.GetValue(option)}.";
        }

        if (result.GetValue(messages) is < 1)
        {
            yield return "--messages must be at least 1.";
        }

        if (result.GetValue(_results) is { } folder && !Directory.Exists(folder))
        {
            yield return $"The folder '{folder}' does not exist.";
        }
    }

    public async Task<int> RunAsync(ParseResult result, string? json, CancellationToken cancellation)
    {
        var plan = new SlowPlan(
            result.GetValue(messages) ?? DefaultMessages,
            !result.GetValue(_send),
            result.GetValue(_capacity),
            result.GetValue(_credit),
            result.GetValue(_work),
            result.GetValue(_rounds),
            result.GetValue(_window));
        var row = await new SlowRun(plan, result.GetValue(_results), errors).RunAsync(cancellation);
        await RowOutput.WriteAsync(row, output, json);
        return await RowOutput.JudgeAsync(row.Faults(plan), Name, errors);
    }

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value, HelpName = "N" };
}
