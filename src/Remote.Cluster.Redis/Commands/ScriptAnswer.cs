using System.Globalization;

namespace Remote.Cluster.Redis;

/// <summary>What a script answered: a word, and what belongs to it.</summary>
internal readonly struct ScriptAnswer(string[] words)
{
    /// <summary>The epoch of the caller is over.</summary>
    public const string Stale = "stale";

    /// <summary>No locks yet: the members are still saying what runs on them.</summary>
    public const string Settling = "settling";

    /// <summary>Which of its answers it is.</summary>
    public string Kind => words[0];

    /// <summary>Everything behind the word.</summary>
    public ReadOnlySpan<string> Rest => words.AsSpan(1);

    /// <summary>The word at <paramref name="index"/>, from 1.</summary>
    public string this[int index] => words[index];

    /// <summary>The number of milliseconds at <paramref name="index"/>.</summary>
    public TimeSpan Milliseconds(int index) => TimeSpan.FromMilliseconds(long.Parse(words[index], CultureInfo.InvariantCulture));
}
