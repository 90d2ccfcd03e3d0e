namespace Remote.ProtoPeer;

/// <summary>Writes lines. Thread-safe: what the node sees happen comes between the answers to commands.</summary>
internal sealed class Announcer(TextWriter output)
{
    private readonly Lock _gate = new();

    public void Say(string line)
    {
        lock (_gate)
        {
            output.WriteLine(line);
            output.Flush();
        }
    }
}
