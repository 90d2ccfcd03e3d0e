namespace Remote;

/// <summary>A slot for references: being there is being published.</summary>
internal struct ReferenceSlot<T> : IQueueSlot<T>
    where T : class
{
    private T? _item;

    public readonly bool IsPublished => Volatile.Read(in _item) is not null;

    public void Publish(in T item) => Volatile.Write(ref _item, item);

    public void Take(out T item)
    {
        item = _item!;
        _item = null;
    }
}
