// Browsers want all there is of two cores: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
