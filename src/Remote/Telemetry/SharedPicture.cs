namespace Remote;

/// <summary>
/// One picture of the statistics for all instruments of a collection: they are asked one after the other, and what they say must fit together.
/// Thread-safe.
/// </summary>
/// <param name="take">Takes the picture.</param>
/// <param name="time">For the age of it.</param>
internal sealed class SharedPicture(Func<IReadOnlyList<PeerShare>> take, TimeProvider time)
{
    // A collector that asks for few instruments must not be given the picture that another one left behind long ago.
    private static readonly TimeSpan Oldest = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly HashSet<object> _readers = [];
    private IReadOnlyList<PeerShare>? _picture;
    private long _takenAt;

    /// <summary>The picture of this collection: a new one for each reader that has seen the last one.</summary>
    public IReadOnlyList<PeerShare> For(object reader)
    {
        lock (_gate)
        {
            if (!_readers.Add(reader) || _picture is null || time.GetElapsedTime(_takenAt) > Oldest)
            {
                _picture = take();
                _takenAt = time.GetTimestamp();
                _readers.Clear();
                _readers.Add(reader);
            }

            return _picture;
        }
    }
}
