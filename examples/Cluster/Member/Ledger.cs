using System.Globalization;
using System.Text;

namespace OrderCluster;

/// <summary>
/// The orders of one customer, in a file: a line each, "number cents process". Whoever has it open is the only one that can: the lock is the operating
/// system's, and goes with the process that holds it. So it does not matter to an order whether the cluster is ever wrong about who is where.
/// </summary>
internal sealed class Ledger : IDisposable
{
    private readonly FileStream _file;
    private readonly Dictionary<long, int> _bookedBy = [];

    private Ledger(FileStream file) => _file = file;

    /// <exception cref="IOException">Somebody else has it.</exception>
    public static Ledger Open(string folder, string customer)
    {
        var ledger = new Ledger(new FileStream(PathOf(folder, customer), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1));
        ledger.Load();
        return ledger;
    }

    public static string PathOf(string folder, string customer) => Path.Combine(folder, customer + ".ledger");

    /// <summary>Books an order that is not booked yet.</summary>
    /// <returns>The process that has booked it.</returns>
    public int Book(PlaceOrder order)
    {
        if (!_bookedBy.TryGetValue(order.Number, out var process))
        {
            process = Environment.ProcessId;
            _file.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{order.Number} {order.Cents} {process}\n")));
            _bookedBy.Add(order.Number, process);
        }

        return process;
    }

    public void Dispose() => _file.Dispose();

    /// <summary>The lines of a ledger that nobody has open.</summary>
    public static IEnumerable<(long Number, long Cents, int Process)> Read(string path) => File.ReadLines(path).Select(Parse);

    private void Load()
    {
        using var reader = new StreamReader(_file, Encoding.ASCII, leaveOpen: true);
        while (reader.ReadLine() is { } line)
        {
            var (number, _, process) = Parse(line);
            _bookedBy[number] = process;
        }
    }

    private static (long Number, long Cents, int Process) Parse(string line)
    {
        var words = line.Split(' ');
        return (Number(words[0]), Number(words[1]), (int)Number(words[2]));

        static long Number(string word) => long.Parse(word, CultureInfo.InvariantCulture);
    }
}
