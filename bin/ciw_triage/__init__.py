"""The triage desk behind its REST endpoint: state machine, case store, queue.

- `machine`: which verb leads from which state to which, as data
- `change`: a request to change a case, checked field by field
- `history`: the state of a case as a fold over its history
- `kv`: the KV store over splunkd's REST
- `cases`: one case: reading, changing, repairing
- `effects`: what a change does to the lists that the detections read
- `lists`, `check`, `keep`: the lists, what their rows take, and how a row is changed
- `edit`: the lists behind the endpoint
- `runbook`: commands to contain a case
- `similar`, `report`: cases like this one; the case for a ticket
- `baselines`: values that principals are known by, and decisions on them
- `worklist`: the queue
- `parameters`: values of queries and documents as plain ones
- `caller`: who asks and what they may do
- `routes`: paths, methods and HTTP statuses
"""
