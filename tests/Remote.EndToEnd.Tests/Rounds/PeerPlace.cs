using System.Globalization;

namespace Remote.EndToEnd.Tests;

/// <summary>
/// Where the lives of one peer listen, one after the other. Each place has a loopback address of its own: a port that is given up and taken again
/// cannot be snatched by another test meanwhile, and who dials it while nobody listens cannot be connected to itself.
/// </summary>
internal sealed record PeerPlace(string Host, int Port)
{
    private const int FirstPort = 7000;

    private static int _places;

    public string Address => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    /// <summary>A place that no other test uses, in this process or in another.</summary>
    public static PeerPlace Next()
    {
        var number = Interlocked.Increment(ref _places);

        // Elsewhere only 127.0.0.1 is there without being set up.
        return OperatingSystem.IsLinux()
            ? new PeerPlace(string.Create(CultureInfo.InvariantCulture, $"127.{77 + (Environment.ProcessId / 250 / 250 % 150)}.{Environment.ProcessId / 250 % 250}.{1 + (Environment.ProcessId % 250)}"), FirstPort + number)
            : new PeerPlace("127.0.0.1", FirstPort + number);
    }
}
