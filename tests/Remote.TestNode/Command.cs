using System.Globalization;

namespace Remote.TestNode;

/// <summary>One line of the standard input: a word, then <c>name=value</c> pairs, separated by spaces.</summary>
internal sealed class Command
{
    private readonly Dictionary<string, string> _values;

    private Command(string name, Dictionary<string, string> values)
    {
        Name = name;
        _values = values;
    }

    public string Name { get; }

    public string this[string name] => Find(name) ?? throw new FormatException($"'{Name}' needs {name}=...");

    public static Command Parse(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
        {
            throw new FormatException("An empty line is no command.");
        }

        var values = words.Skip(1).Select(word => word.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair.Length == 2 ? pair[1] : "");
        return new Command(words[0], values);
    }

    public string? Find(string name) => _values.GetValueOrDefault(name);

    public int Number(string name) => int.Parse(this[name], CultureInfo.InvariantCulture);

    public TimeSpan? FindMilliseconds(string name) =>
        Find(name) is { } text ? TimeSpan.FromMilliseconds(int.Parse(text, CultureInfo.InvariantCulture)) : null;
}
