/** Generated from docs/api/openapi.json by `npm run generate`. Do not edit. */
export const limits = {
  "Changes": {
    "cursor": {
      "minimum": 0
    }
  },
  "CreateTask": {
    "description": {
      "maxLength": 1000
    },
    "title": {
      "minLength": 1,
      "maxLength": 255
    }
  },
  "PatchTask": {
    "description": {
      "maxLength": 1000
    },
    "title": {
      "minLength": 1,
      "maxLength": 255
    }
  },
  "Problem": {
    "status": {
      "minimum": 0
    }
  },
  "ReplaceTask": {
    "description": {
      "maxLength": 1000
    },
    "title": {
      "minLength": 1,
      "maxLength": 255
    }
  },
  "Task": {
    "description": {
      "maxLength": 1000
    },
    "title": {
      "minLength": 1,
      "maxLength": 255
    },
    "version": {
      "minimum": 1
    }
  }
} as const;
