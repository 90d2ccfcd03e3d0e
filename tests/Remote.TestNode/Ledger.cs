using System.IO.MemoryMappedFiles;

namespace Remote.TestNode;

/// <summary>
/// What the peer processes of one test received of a load, in a file that is mapped into memory: what was written there stays when the writer is
/// killed. One process at a time writes; the lives of a peer follow each other.
/// </summary>
internal sealed class Ledger : IDisposable
{
    /// <summary>How many messages of a load can be told apart.</summary>
    public const long Capacity = 64_000_000;

    private const int ReceivedAt = 0, WrongLifeAt = 8, DoubledAt = 16, DisorderedAt = 24, LastFaultAt = 32;
    private const int HeaderBytes = 64;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly Dictionary<int, long> _last = [];

    private Ledger(MemoryMappedFile file)
    {
        _file = file;
        _view = file.CreateViewAccessor();
    }

    /// <summary>How many messages came, those that came twice counted twice.</summary>
    public long Received => _view.ReadInt64(ReceivedAt);

    /// <summary>How many reached a life they were not meant for.</summary>
    public long WrongLife => _view.ReadInt64(WrongLifeAt);

    /// <summary>How many came that some life had received already.</summary>
    public long Doubled => _view.ReadInt64(DoubledAt);

    /// <summary>How many came after a later one of the same sender, in one life.</summary>
    public long Disordered => _view.ReadInt64(DisorderedAt);

    /// <summary>The number of one message that was counted as a fault, for the message of a failed test.</summary>
    public long LastFault => _view.ReadInt64(LastFaultAt);

    /// <summary>Opens it, and makes it if it is not there.</summary>
    public static Ledger Open(string path) =>
        // Mostly a hole: a file of this size takes what is written to it and no more.
        new(MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, mapName: null, HeaderBytes + (Capacity / 8)));

    /// <summary>Takes a message down. Called by one actor.</summary>
    public void Record(int life, Numbered message)
    {
        Count(ReceivedAt);
        if (life < message.FromLife || life > message.ToLife)
        {
            Fault(WrongLifeAt, message.Number);
        }

        if (_last.TryGetValue(message.Sender, out var last) && message.Number <= last)
        {
            Fault(DisorderedAt, message.Number);
        }

        _last[message.Sender] = message.Number;
        var (at, bit) = Place(message.Number);
        var bits = _view.ReadByte(at);
        if ((bits & bit) != 0)
        {
            Fault(DoubledAt, message.Number);
        }

        _view.Write(at, (byte)(bits | bit));
    }

    public bool IsReceived(long number)
    {
        var (at, bit) = Place(number);
        return (_view.ReadByte(at) & bit) != 0;
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }

    private static (long At, int Bit) Place(long number)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, Capacity);
        return (HeaderBytes + (number / 8), 1 << (int)(number % 8));
    }

    private void Fault(int counter, long number)
    {
        Count(counter);
        _view.Write(LastFaultAt, number);
    }

    private void Count(int counter) => _view.Write(counter, _view.ReadInt64(counter) + 1);
}
