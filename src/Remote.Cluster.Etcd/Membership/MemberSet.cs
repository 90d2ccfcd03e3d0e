namespace Remote.Cluster.Etcd;

/// <summary>
/// Who is a member, as entries come and go. Pure: it knows no clock and no etcd. Who leaves it is blocked by Proto.Cluster for good, so it lets go only
/// of whom it must:
/// <list type="bullet">
/// <item>this node itself stays until it leaves by itself;</item>
/// <item>a member whose entry is gone and may be forgiven counts as one until <see cref="DropMissing"/>;</item>
/// <item>an entry that cannot be read changes nothing;</item>
/// <item>what a member said of itself first holds, because Proto.Cluster takes a changed member for one that left.</item>
/// </list>
/// Not thread-safe.
/// </summary>
internal sealed class MemberSet(MemberRecord? self, string? ownKey)
{
    private readonly SortedDictionary<string, Place> _places = new(StringComparer.Ordinal);

    /// <summary>What the last entry at this node's key was.</summary>
    public OwnPlace Own { get; private set; }

    /// <summary>How many are only waited for.</summary>
    public int Missing => _places.Values.Count(place => place.IsMissing);

    /// <summary>The revision at which this node's entry was made; <see langword="null"/> while there is none, or it was not seen yet.</summary>
    public long? OwnRevision { get; private set; }

    /// <summary>The other members whose entries are there, as they say it now.</summary>
    public IReadOnlyList<MemberVoice> Registered => [.. _places.Values.Where(place => !place.IsMissing).Select(place => Voice(place.Latest))];

    /// <summary>All members, each id and each address once, this node first.</summary>
    public IReadOnlyList<MemberRecord> Members =>
        [.. self is null ? [] : new[] { self }, .. _places.Values.Select(place => place.Record)];

    /// <summary>This node has made sure that its entry is there.</summary>
    public void HasRegistered() => Own = OwnPlace.Held;

    /// <summary>An entry was written; <see langword="null"/> when it cannot be read. Whether <see cref="Members"/> changed.</summary>
    public bool Put(string key, MemberRecord? record)
    {
        if (key == ownKey)
        {
            Own = record switch
            {
                null => Own,
                { Leaving: true } => OwnPlace.Empty,
                _ => record.Id == self!.Id ? OwnPlace.Held : OwnPlace.Taken,
            };
            OwnRevision = record is null ? OwnRevision : Own == OwnPlace.Held ? record.Registered : null;
            return false;
        }

        if (record is null)
        {
            return false;
        }

        if (record.Leaving)
        {
            return _places.Remove(key);
        }

        if (_places.TryGetValue(key, out var place) && place.Record.Id == record.Id)
        {
            (place.IsMissing, place.Latest) = (false, record);
            return false;
        }

        // One process at two addresses would be two members with one id, which Proto.Cluster cannot have.
        if (record.Id == self?.Id || _places.Any(other => other.Key != key && other.Value.Record.Id == record.Id))
        {
            return false;
        }

        _places[key] = new Place(record);
        return true;
    }

    /// <summary>An entry is gone, and its member too unless it is forgiven. Whether <see cref="Members"/> changed.</summary>
    public bool Delete(string key, bool forgive)
    {
        if (key == ownKey)
        {
            (Own, OwnRevision) = (OwnPlace.Empty, null);
            return false;
        }

        if (forgive && _places.TryGetValue(key, out var place))
        {
            place.IsMissing = true;
            return false;
        }

        return _places.Remove(key);
    }

    /// <summary>These are all the entries there are. Whether <see cref="Members"/> changed.</summary>
    public bool List(IReadOnlyDictionary<string, MemberRecord?> entries, bool forgive)
    {
        var changed = false;
        foreach (var key in _places.Keys.Where(key => !entries.ContainsKey(key)).ToArray())
        {
            changed |= Delete(key, forgive);
        }

        if (ownKey is not null && !entries.ContainsKey(ownKey))
        {
            (Own, OwnRevision) = (OwnPlace.Empty, null);
        }

        foreach (var (key, record) in entries)
        {
            changed |= Put(key, record);
        }

        return changed;
    }

    /// <summary>Lets go of those that were waited for. They are returned.</summary>
    public IReadOnlyList<MemberRecord> DropMissing()
    {
        var gone = _places.Where(place => place.Value.IsMissing).ToArray();
        foreach (var (key, _) in gone)
        {
            _places.Remove(key);
        }

        return [.. gone.Select(place => place.Value.Record)];
    }

    private static MemberVoice Voice(MemberRecord record) =>
        new(record.Id, record.Registered, (record.Blocks ?? []).ToHashSet(StringComparer.Ordinal));

    private sealed class Place(MemberRecord record)
    {
        public MemberRecord Record { get; } = record;

        /// <summary>The same member, with what it has said since: only whom it blocks, and since when it is there, are read of it.</summary>
        public MemberRecord Latest { get; set; } = record;

        public bool IsMissing { get; set; }
    }
}
