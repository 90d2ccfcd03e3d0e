using System.Globalization;

namespace Remote.ClusterNode;

/// <summary>One line of the standard input: a number, a word, then <c>name=value</c> pairs, separated by spaces.</summary>
internal sealed class Command
{
    private readonly Dictionary<string, string> _values;

    private Command(string number, string name, Dictionary<string, string> values)
    {
        Number = number;
        Name = name;
        _values = values;
    }

    /// <summary>What the answer is marked with.</summary>
    public string Number { get; }

    public string Name { get; }

    public string this[string name] => Find(name) ?? throw new FormatException($"'{Name}' needs {name}=...");

    public static Command Parse(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 2)
        {
            throw new FormatException($"'{line}' is no command: it needs a number and a name.");
        }

        var values = words.Skip(2).Select(word => word.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair.Length == 2 ? pair[1] : "");
        return new Command(words[0], words[1], values);
    }

    public string? Find(string name) => _values.GetValueOrDefault(name);

    public int Count(string name) => int.Parse(this[name], CultureInfo.InvariantCulture);

    public int Count(string name, int otherwise) => Find(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    public TimeSpan Milliseconds(string name, int otherwise) => TimeSpan.FromMilliseconds(Count(name, otherwise));

    /// <summary>Ranges such as <c>1-10,21-30</c>, both ends inclusive.</summary>
    public IReadOnlyList<(long From, long To)> Ranges(string name) => [.. this[name]
        .Split(',', StringSplitOptions.RemoveEmptyEntries)
        .Select(range => range.Split('-'))
        .Select(ends => (long.Parse(ends[0], CultureInfo.InvariantCulture), long.Parse(ends[1], CultureInfo.InvariantCulture)))];
}
