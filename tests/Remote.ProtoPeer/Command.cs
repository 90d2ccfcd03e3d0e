using System.Globalization;
using Proto;

namespace Remote.ProtoPeer;

/// <summary>One line of the standard input, or the arguments of the program: a word, then <c>name=value</c> pairs.</summary>
internal sealed class Command
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, string> _values;

    private Command(string name, Dictionary<string, string> values)
    {
        Name = name;
        _values = values;
    }

    public string Name { get; }

    /// <summary>How long to wait for an answer.</summary>
    public TimeSpan Timeout => Find("timeout") is { } text ? TimeSpan.FromMilliseconds(Parse(text)) : Patience;

    public string this[string name] => Find(name) ?? throw new FormatException($"'{Name}' needs {name}=...");

    public static Command Parse(IReadOnlyList<string> words)
    {
        if (words.Count == 0)
        {
            throw new FormatException("An empty line is no command.");
        }

        var pairs = words.Skip(1).Select(word => word.Split('=', 2));
        return new Command(words[0], pairs.ToDictionary(pair => pair[0], pair => pair.Length == 2 ? pair[1] : ""));
    }

    public string? Find(string name) => _values.GetValueOrDefault(name);

    public int Number(string name, int otherwise) => Find(name) is { } text ? Parse(text) : otherwise;

    /// <summary>The actor that is meant.</summary>
    public PID Target() => PID.FromAddress(this["address"], this["id"]);

    private static int Parse(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
