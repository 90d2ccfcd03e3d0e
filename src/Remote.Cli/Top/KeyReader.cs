using System.Threading.Channels;

namespace Remote.Cli;

/// <summary>
/// The keys that are pressed. A thread waits for them all the time: while one does, .NET keeps the terminal from echoing; it sets it right again when the
/// process ends, for the thread cannot be called back.
/// </summary>
internal sealed class KeyReader
{
    // Nobody types so far ahead; what is more is forgotten.
    private const int Capacity = 64;

    private readonly Channel<ConsoleKeyInfo> _keys =
        Channel.CreateBounded<ConsoleKeyInfo>(new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest });

    private KeyReader()
    {
    }

    /// <param name="pressed">Called after each key.</param>
    public static KeyReader Start(Action pressed)
    {
        var reader = new KeyReader();
        new Thread(() => reader.Read(pressed)) { IsBackground = true, Name = "keys" }.Start();
        return reader;
    }

    public bool TryRead(out ConsoleKeyInfo key) => _keys.Reader.TryRead(out key);

    private void Read(Action pressed)
    {
        try
        {
            while (true)
            {
                _keys.Writer.TryWrite(Console.ReadKey(intercept: true));
                pressed();
            }
        }
        catch (Exception exception) when (exception is InvalidOperationException or IOException)
        {
            // The terminal has gone; the signal for that ends the tool.
        }
    }
}
