using System.Globalization;

namespace Remote.Transport;

/// <summary>Collects what is wrong with options, so that one exception names all of it.</summary>
internal sealed class OptionFaults
{
    private readonly List<string> _faults = [];

    public OptionFaults Range(string name, long value, long least, long most)
    {
        if (value < least || value > most)
        {
            _faults.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; allowed are {least} to {most}"));
        }

        return this;
    }

    /// <summary>A span of at least <paramref name="least"/>; the two ways of the platform to say "never" are allowed.</summary>
    public OptionFaults AtLeast(string name, TimeSpan value, TimeSpan least)
    {
        if (value < least && value != Timeout.InfiniteTimeSpan)
        {
            _faults.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; allowed are {least} and more, and Timeout.InfiniteTimeSpan for never"));
        }

        return this;
    }

    public OptionFaults NotNull(string name, object? value)
    {
        if (value is null)
        {
            _faults.Add($"{name} is null");
        }

        return this;
    }

    public void ThrowIfAny(string parameter)
    {
        if (_faults.Count > 0)
        {
            throw new ArgumentException($"The options are not valid: {string.Join("; ", _faults)}.", parameter);
        }
    }
}
